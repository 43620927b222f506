import { groupKind, splitApiVersion, type RenderedObject } from '../../model/object.ts'
import { podReferences } from './pods.ts'
import { below, entriesOf, named, rootOf, textOf, type Place, type Reference } from './reference.ts'

/** Everything that an object refers to by name and that has to be there for it to work. */
export function referencesOf({ identity, object }: RenderedObject, namespace: string): readonly Reference[] {
  const root = rootOf(object)
  const kind = groupKind(identity)
  return [...podReferences(kind, root, namespace), ...(extractors[kind]?.(root, namespace) ?? [])]
}

type Extractor = (object: Place, namespace: string) => readonly Reference[]

const extractors: Readonly<Record<string, Extractor | undefined>> = {
  'networking.k8s.io/Ingress': ingress,
  'autoscaling/HorizontalPodAutoscaler': (object, namespace) =>
    scaled(below(object, 'spec', 'scaleTargetRef'), namespace),
  'autoscaling.k8s.io/VerticalPodAutoscaler': (object, namespace) =>
    scaled(below(object, 'spec', 'targetRef'), namespace),
  'keda.sh/ScaledObject': (object, namespace) => scaled(below(object, 'spec', 'scaleTargetRef'), namespace),
  'rbac.authorization.k8s.io/RoleBinding': binding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': binding,
  'apps/StatefulSet': (object, namespace) =>
    named('Service', namespace, below(object, 'spec'), 'serviceName'),
  ServiceAccount: (object, namespace) =>
    entriesOf(below(object, 'imagePullSecrets')).flatMap((one) => named('Secret', namespace, one)),
  'gateway.networking.k8s.io/HTTPRoute': route,
  'gateway.networking.k8s.io/GRPCRoute': route,
  'apiregistration.k8s.io/APIService': (object) => service(below(object, 'spec', 'service')),
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhooks,
}

function ingress(object: Place, namespace: string): Reference[] {
  const spec = below(object, 'spec')
  const paths = entriesOf(below(spec, 'rules')).flatMap((rule) => entriesOf(below(rule, 'http', 'paths')))
  const backends = [below(spec, 'defaultBackend'), ...paths.map((path) => below(path, 'backend'))]
  return [
    ...backends.flatMap((backend) => named('Service', namespace, below(backend, 'service'))),
    ...(issuesCertificate(object)
      ? []
      : entriesOf(below(spec, 'tls')).flatMap((one) => named('Secret', namespace, one, 'secretName'))),
  ]
}

/** cert-manager's ingress-shim makes the Secret of an annotated Ingress (its documentation, "Supported Annotations"). */
function issuesCertificate(object: Place): boolean {
  const annotations = below(object, 'metadata', 'annotations')
  return [
    'cert-manager.io/cluster-issuer',
    'cert-manager.io/issuer',
    'kubernetes.io/tls-acme',
    'cert-manager.io/issuer-kind',
  ].some((name) => textOf(annotations, name) !== '')
}

/** KEDA's kind may be left out and is a Deployment then. */
function scaled(target: Place, namespace: string): Reference[] {
  const kind = textOf(target, 'kind') || 'Deployment'
  const { group } = splitApiVersion(textOf(target, 'apiVersion') || 'apps/v1')
  return named(kind, namespace, target).map((reference) => ({ ...reference, group }))
}

function binding(object: Place, namespace: string): Reference[] {
  const role = below(object, 'roleRef')
  const kind = textOf(role, 'kind')
  return [
    ...(kind === 'Role' || kind === 'ClusterRole'
      ? named(kind, kind === 'Role' ? namespace : '', role).map((reference) => ({
          ...reference,
          group: 'rbac.authorization.k8s.io',
        }))
      : []),
    ...entriesOf(below(object, 'subjects'))
      .filter((subject) => textOf(subject, 'kind') === 'ServiceAccount')
      .flatMap((subject) => named('ServiceAccount', textOf(subject, 'namespace') || namespace, subject)),
  ]
}

function route(object: Place, namespace: string): Reference[] {
  return entriesOf(below(object, 'spec', 'rules'))
    .flatMap((rule) => entriesOf(below(rule, 'backendRefs')))
    .filter(
      (backend) => (textOf(backend, 'kind') || 'Service') === 'Service' && textOf(backend, 'group') === '',
    )
    .flatMap((backend) => named('Service', textOf(backend, 'namespace') || namespace, backend))
}

function webhooks(object: Place): Reference[] {
  return entriesOf(below(object, 'webhooks')).flatMap((one) => service(below(one, 'clientConfig', 'service')))
}

function service(place: Place): Reference[] {
  return named('Service', textOf(place, 'namespace'), place)
}
