import type { Log, Notification, ReportingDescriptor, Result, Location as SarifLocation } from 'sarif'
import { rules } from '../judge/rules.ts'
import type { ValidatedDocument, Validation, ValidationFinding } from '../model/validation.ts'
import { visible } from './escape.ts'
import { documentName, findingSentence } from './validation-text.ts'
import { version } from './version.ts'

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'

/**
 * SARIF 2.1.0 for code scanning: findings are results with stable rule ids and fingerprints; what could not be checked
 * is a notification of the run, because it is no result.
 */
export function renderValidationSarif(validation: Validation): string {
  const found = validation.documents.flatMap((document) =>
    document.findings.map((finding) => ({ document, finding })),
  )
  const ids = [...new Set(found.map(({ finding }) => finding.rule))].sort()
  const open = validation.documents.filter(({ verdict, skipped }) => verdict === 'unknown' && !skipped)
  const log: Log = {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'preadmit',
            version,
            informationUri: 'https://github.com/preadmit/preadmit',
            rules: ids.map((id) => describeRule(id, found)),
          },
        },
        invocations: [
          {
            executionSuccessful: open.length === 0,
            toolExecutionNotifications: open.map(notification),
          },
        ],
        columnKind: 'utf16CodeUnits',
        results: found.map(({ document, finding }) => result(document, finding, ids)),
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

type Found = readonly { readonly finding: ValidationFinding }[]

function describeRule(id: string, found: Found): ReportingDescriptor {
  const rule =
    rules.find((one) => one.id === id) ?? rules.find((one) => one.id === `${id.split('/', 1)[0] ?? ''}/…`)
  const of = found.filter(({ finding }) => finding.rule === id).map(({ finding }) => finding)
  const docs = of.find((finding) => finding.docs !== undefined)?.docs
  const advisory = of.every(({ level }) => level === 'advisory')
  return {
    id,
    shortDescription: { text: rule?.summary ?? id },
    defaultConfiguration: { level: advisory ? 'warning' : 'error' },
    ...(docs === undefined ? {} : { helpUri: docs }),
  }
}

function result(document: ValidatedDocument, finding: ValidationFinding, ids: readonly string[]): Result {
  const remedy = finding.remedy === undefined ? '' : ` (${finding.remedy})`
  return {
    ruleId: finding.rule,
    ruleIndex: ids.indexOf(finding.rule),
    level: finding.level === 'advisory' ? 'warning' : 'error',
    message: { text: visible(`${documentName(document)}: ${findingSentence(finding)}${remedy}`) },
    locations: [place(document, finding)],
    partialFingerprints: { 'preadmit/v1': finding.fingerprint },
  }
}

function place(document: ValidatedDocument, finding?: ValidationFinding): SarifLocation {
  const line = finding?.location?.line
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(document.file) },
      // GitHub shows a result only with a line.
      region: { startLine: line ?? 1 },
    },
    logicalLocations: [
      {
        fullyQualifiedName: visible([documentName(document), finding?.path ?? ''].join(' ').trim()),
        kind: 'resource',
      },
    ],
  }
}

function notification(document: ValidatedDocument): Notification {
  return {
    level: 'warning',
    message: {
      text: visible(`${documentName(document)}: ${document.reason?.message ?? 'could not be checked'}`),
    },
    locations: [place(document)],
  }
}

/** Relative paths stay relative, so that code scanning finds the file; standard input has a name of its own. */
function uriOf(file: string): string {
  if (file === '-') return 'stdin'
  const encoded = file
    .replace(/^(?:\.\/)+/, '')
    .split('/')
    .map(encodeURIComponent)
    .join('/')
  return file.startsWith('/') ? `file://${encoded}` : encoded
}
