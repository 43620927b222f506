import { RemoteError } from './errors.ts'
import type { OciLayer, OciManifest } from './oci.ts'
import { chartLayer } from './oci-reference.ts'
import type { LayerChoice } from './remote.ts'

/** Configuration of an artifact that is a Helm chart. */
const chartConfiguration = 'application/vnd.cncf.helm.config.v1+json'

/** What Argo CD's repo-server unpacks unless its operator says otherwise (--oci-layer-media-types). */
const argoLayers = [
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  chartLayer,
]

/** The layer whose files are taken. @throws RemoteError `bad-answer` */
export function chooseLayer(manifest: OciManifest, choice: LayerChoice, what: string): OciLayer {
  const refuse = (message: string): never => {
    throw new RemoteError('bad-answer', what, `${what}: ${message}`)
  }
  if (choice.onlyContent === true) return onlyContent(manifest, refuse)
  const { mediaType } = choice
  const chosen =
    mediaType === undefined
      ? manifest.layers[0]
      : manifest.layers.find((layer) => layer.mediaType === mediaType)
  return (
    chosen ??
    refuse(
      mediaType === undefined
        ? 'no layers found in artifact'
        : `failed to find layer with media type '${mediaType}' in artifact`,
    )
  )
}

/** Argo CD's rule (util/oci extract): one layer with files, of a type that is allowed. */
function onlyContent({ layers, configuration }: OciManifest, refuse: (message: string) => never): OciLayer {
  if (layers.length > 10) return refuse(`expected no more than 10 oci layers, got ${layers.length}`)
  const content = layers.filter(({ mediaType }) =>
    configuration === chartConfiguration
      ? mediaType === chartLayer
      : /(?:tar\+gzip|tar\.gzip|tar)$/.test(mediaType),
  )
  for (const { mediaType } of content)
    if (!argoLayers.includes(mediaType))
      return refuse(`oci layer media type ${mediaType} is not in the list of allowed media types`)
  const [only, second] = content
  if (only === undefined || second !== undefined)
    return refuse(`expected only a single oci content layer, got ${content.length}`)
  return only
}
