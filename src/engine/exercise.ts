/**
 * A first question to the API server's engine, asked while the repository is still being read. V8 compiles a function
 * when it is first called: the first answer takes 150 ms longer than the second one, whatever is asked.
 */
import type { AdmissionEngine } from './engines.ts'

const pod = { containers: [{ name: 'app', image: 'app', ports: [{ containerPort: 80 }] }] }
const object = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'app', namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: 'app' } },
    template: { metadata: { labels: { app: 'app' } }, spec: pod },
  },
}

/** Answers nothing: a fault will show again when something real is asked. */
export async function exerciseAdmission(admission: AdmissionEngine, kubernetes: string): Promise<void> {
  const session = await admission.open({ kubernetes })
  if ('error' in session) return
  const written = { object, namespace: 'default' }
  const update = { ...written, operation: 'UPDATE' as const, old: object }
  await session.admit([{ ...written, operation: 'CREATE' }, update])
  await session.podSecurity([update], undefined)
}
