import { loadConfiguration } from '../../src/config/load.ts'
import { generateApplications } from '../../src/discover/argocd/application-set.ts'
import { defineTargets } from '../../src/discover/definitions.ts'
import { prepareTarget } from '../../src/discover/remote/prepare.ts'
import { parseFiles } from '../../src/discover/documents.ts'
import { textAt } from '../../src/discover/fields.ts'
import { definitionKind, objectsOf, type FoundObject } from '../../src/discover/found.ts'
import { repositoryOf } from '../../src/discover/repository.ts'
import type { Surroundings } from '../../src/discover/surroundings.ts'
import type { Engines } from '../../src/engine/engines.ts'
import type { Configuration } from '../../src/model/configuration.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Rendering } from '../../src/model/rendering.ts'
import { renderTarget } from '../../src/render/render-target.ts'
import type { Remote } from '../../src/source/remote/remote.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { repositoryUrl, type Answer, type FidelityCase } from './case.ts'
import { servingCharts } from './charts.ts'

/** Renders a case as a check would: the repository is the tree, the definition and its data come from the cluster. */
export async function render(subject: FidelityCase, engines: Engines, revision?: string): Promise<Answer> {
  const files = { ...subject.files }
  for (const other of Object.values(subject.others ?? {}))
    for (const [path, entry] of Object.entries(other)) files[path] ??= entry
  const tree = memoryTree(files, revision === undefined ? {} : { commit: revision })
  const configuration = await configurationOf(subject)
  const repository = await repositoryOf(tree, configuration, engines, chartsOf(subject))

  const found = await readDefinitions(subject, engines)
  const definition = found.find(({ object }) => definitionKind(object) !== undefined)
  if (definition === undefined) return { error: 'no definition', objects: [] }
  if (subject.tool === 'application-set') {
    const { applications, notChecked, error } = await generateApplications(definition, repository)
    return {
      error: error ?? null,
      objects: applications.map(({ object }) => object),
      ...(notChecked[0] === undefined ? {} : { unknown: notChecked[0].reason }),
    }
  }
  const { targets } = await defineTargets(definition, repository, surroundingsOf(subject, found), undefined)
  const [target] = targets
  if (target === undefined) return { error: 'no target', objects: [] }
  const prepared = await prepareTarget(target, repository)
  return answerOf(await renderTarget(prepared, { tree: repository.tree, engines, repository }, false))
}

function chartsOf({ charts }: FidelityCase): Remote | undefined {
  return charts === undefined ? undefined : servingCharts((name) => charts[name])
}

/** What a rendering of ours says, in the form that both sides share. */
export function answerOf(rendering: Rendering): Answer {
  switch (rendering.state) {
    case 'rendered': {
      const [partial] = rendering.notChecked
      return {
        error: null,
        objects: rendering.objects.map(({ object }) => object),
        ...(partial === undefined ? {} : { unknown: partial.reason }),
      }
    }
    case 'failed':
      return { error: rendering.failure.message, objects: [] }
    case 'not-rendered':
      return { error: null, objects: [], unknown: `${rendering.reason.code}: ${rendering.reason.reason}` }
  }
}

async function configurationOf(subject: FidelityCase): Promise<Configuration> {
  const clusters = (subject.clusters ?? []).map(({ name, server, project, labels, annotations }) => ({
    name,
    destinations: [server],
    ...(project === undefined ? {} : { project }),
    labels: labels ?? {},
    annotations: annotations ?? {},
  }))
  const text = JSON.stringify({
    // The judges' default version of the cluster.
    kubernetes: '1.33',
    repositories: [repositoryUrl, 'https://example.com/g.git', ...Object.keys(subject.others ?? {})],
    clusters,
    ...(subject.enableHelm === true ? { kustomize: { enableHelm: true } } : {}),
  })
  return await loadConfiguration(memoryTree({ '.preadmit.yaml': text }))
}

async function readDefinitions(subject: FidelityCase, engines: Engines): Promise<readonly FoundObject[]> {
  const file = 'definition.yaml'
  // Another tree: a definition beside the sources would be one of them.
  const parsed = await parseFiles(memoryTree({ [file]: subject.definition }), engines, [file])
  return (parsed.get(file)?.documents ?? []).flatMap((document) =>
    objectsOf(document.value).map((object) => ({ object, location: { file, line: document.line } })),
  )
}

/** The cluster of the case: its ConfigMaps and Secrets, and every source that somebody asks for is the repository. */
function surroundingsOf(subject: FidelityCase, found: readonly FoundObject[]): Surroundings {
  return {
    key: '',
    find(kind, namespace, name) {
      const written = found.find(
        ({ object }) => textAt(object, 'kind') === kind && textAt(object, 'metadata', 'name') === name,
      )
      if (written !== undefined) return Promise.resolve(written)
      const data = subject.data?.[`${kind}/${name}`]
      if (data !== undefined) return Promise.resolve({ object: dataObject(kind, namespace, name, data) })
      if (!['GitRepository', 'OCIRepository', 'Bucket', 'HelmRepository'].includes(kind))
        return Promise.resolve(undefined)
      const object = {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind,
        metadata: { name, namespace },
        spec: { url: kind === 'HelmRepository' ? 'https://charts.example.com' : repositoryUrl },
      }
      return Promise.resolve({ object })
    },
  }
}

function dataObject(
  kind: string,
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
): JsonObject {
  const field = kind === 'Secret' ? 'stringData' : 'data'
  return { apiVersion: 'v1', kind, metadata: { name, namespace }, [field]: data }
}
