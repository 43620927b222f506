import { readsInventory } from './gatekeeper/inventory.ts'
import { isTemplate, readTemplate } from './gatekeeper/template.ts'
import { readKyverno } from './kyverno-documents.ts'
import type { PolicySource } from './source.ts'

/**
 * True when a policy may look objects up besides the one that it judges: `resource.Get` and `resource.List` of Kyverno,
 * `data.inventory` of Gatekeeper. What the change does not touch is then rendered as well, since an object that is
 * missing only because nobody rendered it would make a violation, or hide one.
 */
export function looksElsewhere(policies: PolicySource): boolean {
  return (
    readKyverno(policies).lookUp ||
    policies.gatekeeper.some((document) => {
      if (!isTemplate(document.object)) return false
      const template = readTemplate(document)
      return (
        'code' in template &&
        template.code.engine === 'rego' &&
        readsInventory(template.code.rego, template.code.libs)
      )
    })
  )
}
