import type { ValidatedDocument, Validation } from '../model/validation.ts'
import { documentName, findingSentence, rejections } from './validation-text.ts'
import { element, type Xml } from './xml.ts'

/**
 * JUnit XML as CI systems read it: a suite per file, a case per document, a failure per finding that rejects. What could
 * not be checked is an error, what was skipped is skipped: neither looks green.
 */
export function renderValidationJunit({ documents, counts }: Validation): string {
  const files = new Map<string, ValidatedDocument[]>()
  for (const document of documents) {
    const suite = files.get(document.file)
    if (suite === undefined) files.set(document.file, [document])
    else suite.push(document)
  }
  const suites = [...files].map(([file, cases]) =>
    element('testsuite', { name: file, ...totals(cases) }, cases.map(testCase)),
  )
  const root = element(
    'testsuites',
    {
      name: 'preadmit',
      tests: counts.documents,
      failures: counts.rejected,
      errors: counts.unknown,
      disabled: counts.skipped,
      time: 0,
    },
    suites,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.join('\n')}\n`
}

function totals(cases: readonly ValidatedDocument[]): Record<string, number> {
  const of = (wanted: (document: ValidatedDocument) => boolean): number => cases.filter(wanted).length
  return {
    tests: cases.length,
    failures: of(({ verdict }) => verdict === 'rejected'),
    errors: of(({ verdict, skipped }) => verdict === 'unknown' && !skipped),
    disabled: 0,
    skipped: of(({ skipped }) => skipped),
    time: 0,
  }
}

function testCase(document: ValidatedDocument): Xml {
  const { object, reason, skipped, file } = document
  const attributes = {
    name: documentName(document),
    classname: object === null ? 'document' : `${object.kind}@${object.apiVersion}`,
    file,
    time: 0,
  }
  const message = reason?.message ?? ''
  const children = rejections(document).map((finding): Xml => {
    const { location, remedy } = finding
    const at = location?.line === undefined ? file : `${file}:${location.line}`
    const text = [findingSentence(finding), at, ...(remedy === undefined ? [] : [remedy])].join('\n')
    return element('failure', { message: findingSentence(finding), type: finding.rule }, text)
  })
  if (skipped) children.push(element('skipped', { message }, []))
  else if (document.verdict === 'unknown')
    children.push(element('error', { message, type: reason?.code ?? 'unknown' }, []))
  return element('testcase', attributes, children)
}
