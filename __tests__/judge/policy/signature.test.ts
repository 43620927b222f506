import { describe, expect, it } from 'vitest'
import { signedStatement, verifySignature } from '../../../src/judge/policy/signature.ts'
import { signer } from './signer.ts'

const statement = signedStatement({
  name: 'acme/platform',
  version: '1.3.0',
  content: `sha256:${'0'.repeat(64)}`,
})
/** Made once by OpenSSH's ssh-keygen: `ssh-keygen -Y sign -n preadmit.dev/policyset -f key`. */
const real = {
  key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINpQle3gZkKqURYK2Pzz2rMwaoLsYYZxnj5Lyzcim19/',
  signature: `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg2lCV7eBmQqpRFgrY/PPaszBqgu
xhhnGePkvLNyKbX38AAAAWcHJlYWRtaXQuZGV2L3BvbGljeXNldAAAAAAAAAAGc2hhNTEy
AAAAUwAAAAtzc2gtZWQyNTUxOQAAAECdgaNiYLw6Vq6erpnIU/cwkh4GtXuiwHpzVFp+Qz
FRbCurnHoldNg7ChthHTA2nBkef3dTauBl5fsq3+KCYSoM
-----END SSH SIGNATURE-----
`,
}
const trust = (allowedSigners: string, principals: readonly string[] = []) => ({ allowedSigners, principals })
const own = signer()
const list = `release@acme ${own.publicKey} comment\n`

describe('signatures of policy sets', () => {
  it('of ssh-keygen itself', () => {
    expect(verifySignature(statement, real.signature, trust(`# keys\nacme ${real.key}\n`))).toBe('acme')
    expect(verifySignature(statement, own.sign(statement), trust(list))).toBe('release@acme')
  })

  it.each<
    [
      name: string,
      text: string,
      signature: string | undefined,
      signers: string,
      principals: string[],
      said: RegExp,
    ]
  >([
    ['stripped', statement, undefined, list, [], /no signature/],
    ['empty', statement, '', list, [], /none of ssh-keygen/],
    [
      'an empty block',
      statement,
      '-----BEGIN SSH SIGNATURE-----\n\n-----END SSH SIGNATURE-----\n',
      list,
      [],
      /none of ssh-keygen|cut short/,
    ],
    [
      'cut short',
      statement,
      own.sign(statement).replace(/.{40}\n-----END/, '\n-----END'),
      list,
      [],
      /cut short|not of these bytes/,
    ],
    ['other bytes', statement.replace('000', '111'), own.sign(statement), list, [], /not of these bytes/],
    [
      'another version',
      statement.replace('1.3.0', '1.4.0'),
      own.sign(statement),
      list,
      [],
      /not of these bytes/,
    ],
    ['another set', statement.replace('acme', 'evil'), own.sign(statement), list, [], /not of these bytes/],
    ['made for something else', statement, own.sign(statement, 'git'), list, [], /is for "git"/],
    ['somebody else', statement, signer().sign(statement), list, [], /nobody who may sign/],
    ['another principal', statement, own.sign(statement), list, ['security@acme'], /nobody who may sign/],
    ['a list without anybody', statement, own.sign(statement), '', [], /nobody who may sign/],
    [
      'a line for another purpose',
      statement,
      own.sign(statement),
      `a namespaces="git" ${own.publicKey}\n`,
      [],
      /nobody/,
    ],
    [
      'a line with a certificate',
      statement,
      own.sign(statement),
      `a cert-authority ${own.publicKey}\n`,
      [],
      /nobody/,
    ],
    [
      'a line that has ended',
      statement,
      own.sign(statement),
      `a valid-before="20200101" ${own.publicKey}\n`,
      [],
      /nobody/,
    ],
  ])('%s is refused', (_, text, signature, signers, principals, said) => {
    expect(() => verifySignature(text, signature, trust(signers, principals))).toThrow(said)
  })
})
