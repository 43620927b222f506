/** Variables that Argo CD gives to a build: ARGOCD_APP_NAME and its siblings. */
export type BuildEnvironment = Readonly<Record<string, string>>

export function buildEnvironment(parts: {
  readonly name: string
  readonly namespace: string
  readonly project: string
  readonly revision: string
  readonly repoUrl: string
  readonly path: string
  readonly targetRevision: string
}): BuildEnvironment {
  return {
    ARGOCD_APP_NAME: parts.name,
    ARGOCD_APP_NAMESPACE: parts.namespace,
    ARGOCD_APP_PROJECT_NAME: parts.project,
    ARGOCD_APP_REVISION: parts.revision,
    ARGOCD_APP_REVISION_SHORT: parts.revision.slice(0, 7),
    ARGOCD_APP_REVISION_SHORT_8: parts.revision.slice(0, 8),
    ARGOCD_APP_SOURCE_REPO_URL: parts.repoUrl,
    ARGOCD_APP_SOURCE_PATH: parts.path,
    ARGOCD_APP_SOURCE_TARGET_REVISION: parts.targetRevision,
  }
}

/**
 * Substitutes `$NAME` and `${NAME}` as Go's os.Expand does: unknown names become empty, `$$` becomes `$`, a lone `$`
 * before anything that is no name stays, `${` without an end or name is eaten.
 */
export function expandEnvironment(text: string, environment: BuildEnvironment): string {
  const parts = text.split('$')
  let result = parts[0] ?? ''
  for (let i = 1; i < parts.length; i++) {
    const rest = parts[i] ?? ''
    if (rest === '' && i + 1 < parts.length) {
      // `$$`: the name is `$` itself, which stands for a dollar.
      i++
      result += `$${parts[i] ?? ''}`
      continue
    }
    const { name, length } = variableAt(rest)
    if (name !== '') result += Object.hasOwn(environment, name) ? (environment[name] ?? '') : ''
    else if (length === 0) result += '$'
    result += rest.slice(length)
  }
  return result
}

/** The name at the start of the text behind a `$`, and how many characters it takes. */
function variableAt(text: string): { name: string; length: number } {
  const first = text[0]
  if (first === undefined) return { name: '', length: 0 }
  if (first === '{') {
    const special = text[1]
    if (special !== undefined && /[*#@!?\-0-9]/.test(special) && text[2] === '}')
      return { name: special, length: 3 }
    const close = text.indexOf('}')
    if (close === 1) return { name: '', length: 2 }
    if (close < 0) return { name: '', length: 1 }
    return { name: text.slice(1, close), length: close + 1 }
  }
  if (/[*#@!?\-0-9]/.test(first)) return { name: first, length: 1 }
  const name = /^[A-Za-z0-9_]+/.exec(text)?.[0] ?? ''
  return { name, length: name.length }
}
