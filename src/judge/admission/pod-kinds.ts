import type { ObjectIdentity } from '../../model/object.ts'

/** Kinds that are pods or make them: DefaultPodSpecExtractor of k8s.io/pod-security-admission/admission. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  '': ['Pod', 'PodTemplate', 'ReplicationController'],
  apps: ['ReplicaSet', 'Deployment', 'DaemonSet', 'StatefulSet'],
  batch: ['Job', 'CronJob'],
}

/** Whether Pod Security has anything to say of objects of this kind. */
export function holdsPods({ group, kind }: Pick<ObjectIdentity, 'group' | 'kind'>): boolean {
  return kinds[group]?.includes(kind) ?? false
}
