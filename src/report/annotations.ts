import type { Finding } from '../model/finding.ts'
import { displayName } from '../model/object.ts'
import type { Report } from '../model/report.ts'
import { findingsByLine, type AlikeFindings } from './alike.ts'
import { visible } from './escape.ts'
import { findingTitle } from './finding-text.ts'
import { annotationsPerLevel, messageUnits } from './limits.ts'
import { describeApplications, describePlaces, joinNames } from './places.ts'
import { shorten } from './shorten.ts'
import { viewOf, type View } from './view.ts'

/** A message on a line of a file, as GitHub shows it beside the difference of a pull request. */
export interface Annotation {
  readonly level: 'error' | 'warning'
  readonly file: string
  /** One-based; 1 when only the file is known. */
  readonly startLine: number
  readonly title: string
  readonly message: string
}

/**
 * Findings as annotations, most important first: what blocks as errors, new advisory ones as warnings, at most ten of
 * each (more are dropped by GitHub in silence). A place that does not exist in the head tree gets none: an annotation
 * can be made to point anywhere (threats.md T62).
 *
 * @param exists whether a path is a file of the head tree
 */
export function annotationsOf(report: Report, exists: (path: string) => boolean): readonly Annotation[] {
  const view = viewOf(report)
  const placed = (finding: Finding): boolean =>
    finding.status !== 'fixed' &&
    finding.exemption === undefined &&
    finding.location !== undefined &&
    exists(finding.location.file)
  const errors = view.blocking.filter(placed)
  const warnings = view.others.filter((finding) => finding.status === 'new' && placed(finding))
  return [
    ...causesOf(errors).map((one) => annotationOf(view, one, 'error')),
    ...causesOf(warnings).map((one) => annotationOf(view, one, 'warning')),
  ]
}

function causesOf(findings: readonly Finding[]): readonly AlikeFindings[] {
  return findingsByLine(findings).slice(0, annotationsPerLevel)
}

function annotationOf(
  view: View,
  { item: finding, objects }: AlikeFindings,
  level: Annotation['level'],
): Annotation {
  const where = describePlaces(view, finding.targets, visible)
  const lines = [
    ...(objects.length === 0 ? [] : [`${joinNames(objects.map(displayName), (name) => name)} — ${where}`]),
    finding.path === '' || finding.message.startsWith(finding.path)
      ? finding.message
      : `${finding.path}: ${finding.message}`,
    ...(finding.remedy === undefined ? [] : [finding.remedy]),
  ]
  return {
    level,
    file: finding.location?.file ?? '',
    startLine: finding.location?.line ?? 1,
    title: shorten(
      findingTitle(finding, describeApplications(view, finding.targets, visible), visible, objects),
      200,
    ),
    message: lines.map((line) => shorten(visible(line), messageUnits)).join('\n'),
  }
}
