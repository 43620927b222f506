import type { Configuration } from '../../src/model/configuration.ts'

/** The defaults that matter to judging, with some values changed. */
export function configuration(more: Partial<Configuration> = {}): Configuration {
  return {
    file: null,
    kubernetes: '1.37',
    clusters: [],
    inputs: [],
    production: [],
    repositories: [],
    artifacts: [],
    exclude: [],
    argocd: { namespaces: ['argocd'] },
    kustomize: { enableHelm: false, loadRestrictions: 'root' },
    policies: [],
    exemptions: { files: [], warnDays: 14, maxDays: 365, podSecurityNamespaces: [] },
    trust: [],
    podSecurity: null,
    schemas: { locations: [], skip: [], crds: [] },
    remote: { allow: [], private: [], credentials: [], limits: { megabytes: 20, seconds: 30 } },
    webhooks: [],
    gate: 'new',
    limits: { minutes: 9, renderSeconds: 30 },
    incomplete: 'fail',
    comment: { name: 'preadmit' },
    ...more,
  }
}
