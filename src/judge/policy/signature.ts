import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto'

/** Beside policyset.yaml; hidden files are not part of the content that it signs. */
export const signatureFile = '.policyset.sig'

/** What the signature is for: one made for anything else with the same key is none (threats.md, T79). */
export const signatureNamespace = 'preadmit.dev/policyset'

/** Who may have signed. */
export interface Trust {
  /** Text in ssh-keygen's ALLOWED SIGNERS format. */
  readonly allowedSigners: string
  /** Principals that may sign; any of the file when empty. */
  readonly principals: readonly string[]
}

/** The text that is signed: which set, which version, which bytes. */
export function signedStatement(set: {
  readonly name: string
  readonly version: string
  readonly content: string
}): string {
  return `${set.name}\n${set.version}\n${set.content}\n`
}

/**
 * Who signed a statement: a principal of the list. The format is that of `ssh-keygen -Y sign` (OpenSSH's
 * PROTOCOL.sshsig), with Ed25519 keys only.
 * @throws Error a clause that says why the signature is not valid
 */
export function verifySignature(statement: string, armored: string | undefined, trust: Trust): string {
  if (armored === undefined) throw new Error('it has no signature')
  const { key, namespace, hash, signature } = parseSignature(armored)
  if (namespace !== signatureNamespace) throw new Error(`its signature is for ${JSON.stringify(namespace)}`)
  const signers = allowedSigners(trust.allowedSigners).filter(
    (signer) => signer.key === key.toString('base64'),
  )
  const [signer] = signers.flatMap(({ principals }) =>
    principals.filter((name) => trust.principals.length === 0 || trust.principals.includes(name)),
  )
  if (signer === undefined) throw new Error('its signature is of nobody who may sign')
  const digest = createHash(hash).update(statement, 'utf8').digest()
  const signed = Buffer.concat([
    Buffer.from('SSHSIG'),
    field(Buffer.from(namespace)),
    field(Buffer.alloc(0)),
    field(Buffer.from(hash)),
    field(digest),
  ])
  if (!verify(null, signed, ed25519(key), signature))
    throw new Error('its signature is not of these bytes, or not of this name and version')
  return signer
}

function parseSignature(armored: string): {
  readonly key: Buffer
  readonly namespace: string
  readonly hash: 'sha256' | 'sha512'
  readonly signature: Buffer
} {
  const body = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\s*$/.exec(
    armored.replaceAll('\r\n', '\n'),
  )?.[1]
  if (body === undefined || body.length > 4096) throw new Error('its signature is none of ssh-keygen')
  const reader = fieldsOf(Buffer.from(body.replaceAll('\n', ''), 'base64'))
  if (reader.raw(6).toString() !== 'SSHSIG' || reader.number() !== 1)
    throw new Error('its signature is none of ssh-keygen')
  const key = reader.field()
  const namespace = reader.field().toString()
  reader.field()
  const hash = reader.field().toString()
  const inner = fieldsOf(reader.field())
  const kind = inner.field().toString()
  if (hash !== 'sha256' && hash !== 'sha512') throw new Error(`its signature uses ${JSON.stringify(hash)}`)
  if (kind !== 'ssh-ed25519')
    throw new Error(`its signature is of the kind ${JSON.stringify(kind)}: use Ed25519`)
  return { key, namespace, hash, signature: inner.field() }
}

/** RFC 4251 strings of a buffer. @throws Error past its end */
function fieldsOf(buffer: Buffer) {
  let at = 0
  const raw = (length: number): Buffer => {
    if (length > buffer.length - at) throw new Error('its signature is cut short')
    at += length
    return buffer.subarray(at - length, at)
  }
  const number = (): number => raw(4).readUInt32BE(0)
  return { raw, number, field: (): Buffer => raw(number()) }
}

function field(content: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return Buffer.concat([length, content])
}

/** DER of a SubjectPublicKeyInfo for Ed25519 (RFC 8410), before the 32 bytes of the key. */
const spki = Buffer.from('302a300506032b6570032100', 'hex')

function ed25519(blob: Buffer): KeyObject {
  const reader = fieldsOf(blob)
  const kind = reader.field().toString()
  const key = reader.field()
  if (kind !== 'ssh-ed25519' || key.length !== 32) throw new Error('its key is no Ed25519 key')
  return createPublicKey({ key: Buffer.concat([spki, key]), format: 'der', type: 'spki' })
}

/** Lines with options that are not understood here (certificates, validity) name nobody: nothing is assumed. */
function allowedSigners(
  text: string,
): readonly { readonly principals: readonly string[]; readonly key: string }[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match =
      /^(?<names>[^\s#"]+)\s+(?:namespaces="(?<namespaces>[^"]*)"\s+)?ssh-ed25519\s+(?<key>[A-Za-z0-9+/]+=*)(?:\s.*)?$/.exec(
        line.trim(),
      )?.groups
    if (match === undefined) return []
    const namespaces = match['namespaces']?.split(',')
    if (namespaces !== undefined && !namespaces.includes(signatureNamespace)) return []
    return [{ principals: (match['names'] ?? '').split(','), key: match['key'] ?? '' }]
  })
}
