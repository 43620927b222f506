/** Changes a Rego policy so that tests which look at its answers must notice. Text in, text out. */

const rule = /^([ \t]*(?:default[ \t]+)?)((?:deny|violation|warn)(?:_\w+)?)\b/gm

/** How a rule that gives a set is written: Rego v1, and v0. */
const forms = {
  v1: (name: string, body: string) => `${name} contains "preadmit" if ${body}`,
  v0: (name: string, body: string) => `${name}["preadmit"] { ${body} }`,
} as const

export type RegoForm = keyof typeof forms
export const regoForms = Object.keys(forms) as readonly RegoForm[]

/** The module with rules that never deny: tests that want an answer fail. */
export function accepting(text: string, form: RegoForm): string {
  const names = judgingRules(text)
  const renamed = text.replace(rule, '$1preadmit_replaced_$2')
  return [renamed, ...names.map((name) => forms[form](name, 'false')), ''].join('\n')
}

/** The module with rules that always deny: tests that want no answer fail. */
export function refusing(text: string, form: RegoForm): string {
  return [text, ...judgingRules(text).map((name) => forms[form](name, 'true')), ''].join('\n')
}

function judgingRules(text: string): readonly string[] {
  return [
    ...new Set([...text.matchAll(rule)].flatMap(([, , name]) => (name === undefined ? [] : [name]))),
  ].sort()
}
