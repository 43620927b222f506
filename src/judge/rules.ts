import type { Level } from '../model/finding.ts'

/** A rule of ours. Policies bring their own ids; `…` stands for the API server's reason or the check's name. */
export interface Rule {
  readonly id: string
  readonly level: Level
  readonly summary: string
}

/** Every rule that a finding can name besides policies, for the README's table. */
export const rules: readonly Rule[] = [
  {
    id: 'render/…',
    level: 'required',
    summary: 'The target cannot be rendered: the sources in the repository are wrong.',
  },
  {
    id: 'schema/unknown-field',
    level: 'required',
    summary: 'A field that the kind does not have in the declared Kubernetes version.',
  },
  {
    id: 'schema/missing-field',
    level: 'required',
    summary: 'A required field is not there; advice where the API server takes the object without it.',
  },
  { id: 'schema/wrong-type', level: 'required', summary: 'A value has another type than its field.' },
  {
    id: 'schema/invalid-value',
    level: 'required',
    summary: 'A value breaks a rule of the schema: bounds, length, enumeration.',
  },
  {
    id: 'schema/pruned-field',
    level: 'advisory',
    summary: 'The API server drops a field that the custom resource does not define.',
  },
  {
    id: 'schema/only-shape',
    level: 'advisory',
    summary: 'validate: the embedded API server has lost the version, so that only fields were checked.',
  },
  { id: 'schema/incomplete-object', level: 'required', summary: 'apiVersion or kind is missing.' },
  {
    id: 'schema/removed-kind',
    level: 'required',
    summary: 'The kind is gone in the declared Kubernetes version.',
  },
  {
    id: 'schema/deprecated-kind',
    level: 'advisory',
    summary: 'The declared Kubernetes version serves the kind, a later one does not any more.',
  },
  {
    id: 'schema/kind-not-yet',
    level: 'required',
    summary: 'The kind does not exist yet in the declared Kubernetes version.',
  },
  { id: 'schema/unknown-kind', level: 'required', summary: 'No API server has this kind or version.' },
  {
    id: 'admission/…',
    level: 'required',
    summary: 'The API server refuses the write, for the reason in the name.',
  },
  {
    id: 'admission/DuplicateEntries',
    level: 'required',
    summary: 'Two entries with one key, in a target whose tool applies server-side.',
  },
  {
    id: 'admission/node-port-range',
    level: 'advisory',
    summary: 'A node port outside of the range that API servers have unless they are told otherwise.',
  },
  { id: 'admission/warning', level: 'advisory', summary: 'The API server accepts the write and warns.' },
  {
    id: 'pod-security/…',
    level: 'required',
    summary: 'Pods break a Pod Security Standard that is enforced; advisory where it only warns or audits.',
  },
  {
    id: 'safety/immutable-field',
    level: 'required',
    summary: 'A field that cannot be changed: the sync fails until the object is deleted and made anew.',
  },
  {
    id: 'safety/recreated',
    level: 'advisory',
    summary: 'A field that cannot be changed, on an object that the sync replaces by force.',
  },
  { id: 'safety/shrinking-volume', level: 'required', summary: 'A volume claim asks for less than before.' },
  {
    id: 'safety/namespace-labels',
    level: 'advisory',
    summary: "A namespace's labels change: rules that select by them apply differently after the merge.",
  },
  {
    id: 'safety/breaks-custom-resources',
    level: 'required',
    summary:
      'A CustomResourceDefinition changes so that custom resources of the repository are refused or not served any more.',
  },
  {
    id: 'safety/removed-reference',
    level: 'advisory',
    summary: 'An object refers to one that this change deletes or renames.',
  },
  {
    id: 'safety/missing-reference',
    level: 'advisory',
    summary: 'An object refers to one that nothing here defines, and a similar name is there.',
  },
  {
    id: 'safety/missing-namespace',
    level: 'advisory',
    summary: 'Objects go to a namespace that this change removes, or that is probably misspelt.',
  },
  {
    id: 'safety/missing-dependency',
    level: 'advisory',
    summary: 'A Flux definition waits for one that this change removes or that nothing here defines.',
  },
  { id: 'secret/plaintext', level: 'required', summary: 'A plain value replaces an encrypted one.' },
  {
    id: 'config/prohibited-kind',
    level: 'required',
    summary: 'An object of a kind that `preadmit validate --reject` names.',
  },
  {
    id: 'argocd/project-source',
    level: 'required',
    summary: 'The AppProject does not permit a source of the Application: Argo CD refuses to sync it.',
  },
  {
    id: 'argocd/project-destination',
    level: 'required',
    summary: 'The AppProject does not permit the cluster or namespace that is deployed to.',
  },
  {
    id: 'argocd/project-kind',
    level: 'required',
    summary: 'The AppProject does not permit the kind of an object.',
  },
  {
    id: 'argocd/project-namespace',
    level: 'required',
    summary:
      'The AppProject does not permit Applications in this namespace: Argo CD ignores the Application.',
  },
  {
    id: 'argocd/project-cluster',
    level: 'required',
    summary:
      'The AppProject permits only clusters of its own; advisory where the configuration does not say whose the cluster is.',
  },
  {
    id: 'argocd/project-service-account',
    level: 'advisory',
    summary:
      'The AppProject names service accounts for its destinations, and none, or no valid one, for this one.',
  },
  {
    id: 'config/policy-set',
    level: 'required',
    summary: 'A policy set, or what the configuration says about one, is wrong or looser than it may be.',
  },
  { id: 'config/exemptions', level: 'required', summary: 'An exemption file in the base commit is wrong.' },
  {
    id: 'config/policy-signature',
    level: 'mandatory',
    summary: 'A policy set is not signed by who may sign it, or is not what is pinned.',
  },
  {
    id: 'config/policy-rollback',
    level: 'mandatory',
    summary: 'The lock of policy sets goes back to a lower version, or to other bytes of the same version.',
  },
]
