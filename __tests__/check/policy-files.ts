/** Texts of policies, sets, exemptions and manifests for tests. Times: memory trees stand at 1970-01-01. */
export function policy(
  name: string,
  expression: string,
  message: string,
  resource = 'deployments',
  group = 'apps',
  constraint = '',
): string {
  return `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: ${name}}
spec:
  matchConstraints: {${constraint}resourceRules: [{apiGroups: ["${group}"], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [${resource}]}]}
  validations: [{expression: ${JSON.stringify(expression)}, message: ${JSON.stringify(message)}}]
---
`
}

export function binding(name: string, action = 'Deny'): string {
  return `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: ${name}}
spec: {policyName: ${name}, validationActions: [${action}]}
---
`
}

export function set(entries: readonly string[], more = '', version = '1.0.0'): string {
  const policies = entries.map((entry) => `  - ${entry}\n`).join('')
  return `apiVersion: preadmit.dev/v1alpha1
kind: PolicySet
name: acme/platform
version: ${version}
owners: [acme/platform]
${more}policies:
${policies === '' ? '  []\n' : policies}`
}

/** JSON, which is YAML; the image's tag makes an edit. */
export function deploymentFile(
  name: string,
  replicas: number,
  tag = '1',
  labels = '',
  annotations = '',
): string {
  const entries = (text: string): Record<string, string> =>
    Object.fromEntries(
      text
        .split(', ')
        .filter((entry) => entry !== '')
        .map((entry) => entry.split(': ').map((part) => part.replaceAll('"', '')) as [string, string]),
    )
  return `${JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: 'shop',
      ...(labels === '' ? {} : { labels: entries(labels) }),
      ...(annotations === '' ? {} : { annotations: entries(annotations) }),
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name, image: `registry.example/${name}:${tag}` }] },
      },
    },
  })}\n`
}

export function exemption({
  id = 'web-replicas',
  policies = '[{id: acme/replicas}]',
  match = '{names: [web]}',
  created = '1969-12-17',
  expires = '1970-01-31',
  more = '',
}: Partial<Record<'id' | 'policies' | 'match' | 'created' | 'expires' | 'more', string>>): string {
  return `{id: ${id}, policies: ${policies}, match: ${match}, reason: migration, ticket: OPS-1, requestedBy: team, approvedBy: platform, created: ${created}, expires: ${expires}${more}}`
}

export function exemptionFile(entries: readonly string[]): string {
  const list = entries.map((entry) => `  - ${entry}\n`).join('')
  return `apiVersion: preadmit.dev/v1alpha1\nkind: Exemptions\nexemptions:\n${list === '' ? '  []\n' : list}`
}

/** A document of YAML. */
export function text(value: object): string {
  return `${JSON.stringify(value)}\n`
}

/** An Application of the fleet that deploys to the namespace `shop`. */
export function application(name: string, path: string, server = 'https://kubernetes.default.svc'): string {
  return text({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: {
      project: 'default',
      source: { repoURL: 'https://git.example/acme/fleet.git', path, targetRevision: 'HEAD' },
      destination: { server, namespace: 'shop' },
    },
  })
}
