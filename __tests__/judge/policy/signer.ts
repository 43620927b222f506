import { createHash, generateKeyPairSync, sign } from 'node:crypto'

/** Signs as `ssh-keygen -Y sign` does, with a key made for the test. */
export function signer(): {
  /** `ssh-ed25519 AAAA…` */
  readonly publicKey: string
  readonly sign: (text: string, namespace?: string) => string
} {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const field = (content: Buffer | string): Buffer => {
    const bytes = Buffer.from(content)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const key = Buffer.concat([field('ssh-ed25519'), field(raw)])
  return {
    publicKey: `ssh-ed25519 ${key.toString('base64')}`,
    sign(text, namespace = 'preadmit.dev/policyset') {
      const head = [field(namespace), field(''), field('sha512')]
      const digest = createHash('sha512').update(text).digest()
      const signed = sign(null, Buffer.concat([Buffer.from('SSHSIG'), ...head, field(digest)]), privateKey)
      const version = Buffer.from([0, 0, 0, 1])
      const inner = field(Buffer.concat([field('ssh-ed25519'), field(signed)]))
      const whole = Buffer.concat([Buffer.from('SSHSIG'), version, field(key), ...head, inner])
      return `-----BEGIN SSH SIGNATURE-----\n${whole.toString('base64')}\n-----END SSH SIGNATURE-----\n`
    },
  }
}
