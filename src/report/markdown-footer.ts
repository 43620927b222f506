import type { Report } from '../model/report.ts'
import { code, text } from './escape.ts'
import { definitionsText, kubernetesText, webhooksText } from './kubernetes-text.ts'
import { commitLink, link } from './links.ts'
import type { Section } from './section.ts'
import { number, plural, shorten } from './shorten.ts'
import type { View } from './view.ts'

/** Sentences about the run itself. */
export function noticesSection(view: View): Section {
  const { notices } = view.report
  if (notices.length === 0) return { share: 0, sizes: [() => ''] }
  // There are a handful at most, and each is one sentence of ours.
  const shown = notices.slice(0, 8).map((notice) => `> ${text(shorten(notice, 300))}`)
  if (notices.length > 8) shown.push(`> and ${plural(notices.length - 8, 'further notice')}`)
  return { share: 0.05, sizes: [() => shown.join('\n>\n')] }
}

/** Which commits, policies and versions judged, how long it took, and how to repeat it on a laptop. */
export function footerSection(view: View): Section {
  return { share: 0.05, sizes: [() => footer(view, 12), () => footer(view, 2)] }
}

function footer(view: View, listed: number): string {
  const { report, links } = view
  const side = (part: Report['base']): string =>
    part.commit === null ? code(shorten(part.label, 120)) : commitLink(part.commit, links)
  const kubernetes = report.kubernetes
    .slice(0, listed)
    .map((entry) => kubernetesText(entry, (part) => text(shorten(part, 120))))
  const sources =
    report.policySources.length === 0
      ? [...new Set(report.policies.map((policy) => policy.source))]
      : report.policySources.map(sourceText)
  const duration = Object.values(report.durations).reduce((sum, value) => sum + value, 0)
  const parts = [
    `${side(report.base)} → ${side(report.head)}`,
    report.policies.length === 0
      ? 'no policies'
      : `${plural(report.policies.length, 'policy', 'policies')}${sources.length === 0 ? '' : ` of ${capped(sources, listed, (name) => code(shorten(name, 120)))}`}`,
    ...(kubernetes.length === 0 ? [] : [`Kubernetes ${kubernetes.join(', ')}`]),
    definitionsText(report, (tool) => text(shorten(tool, 120))),
    webhooksText(report),
    capped(engineVersions(report), listed, text),
    `${plural(report.counts.targets, 'application')}, ${number(report.counts.rendered)} rendered${duration === 0 ? '' : `, ${seconds(duration)}`}`,
    ...(links?.run === null || links?.run === undefined ? [] : [link('full report', links.run)]),
    code(shorten(report.reproduce, 300)),
  ]
  return `<sub>${parts.filter((part) => part !== '').join(' · ')}</sub>`
}

/** `acme/platform 1.3.0 (sha256:1a2b…)`; a plain directory is its path. */
function sourceText({ source, set, version, content }: Report['policySources'][number]): string {
  return set === null ? source : `${set} ${version ?? ''} (${content.slice(0, 19)})`
}

function capped(names: readonly string[], listed: number, escape: (name: string) => string): string {
  const rest = names.length > listed ? ` and ${number(names.length - listed)} more` : ''
  return `${names.slice(0, listed).map(escape).join(', ')}${rest}`
}

/** What a reader knows by name: preadmit itself, kustomize and Helm. All others stand in the JSON. */
function engineVersions(report: Report): readonly string[] {
  const known = ['preadmit', 'kustomize', 'helm']
  return Object.entries(report.versions)
    .map(([name, version]) => [name.slice(name.lastIndexOf('/') + 1), version] as const)
    .filter(([name]) => known.includes(name))
    .sort(([a], [b]) => known.indexOf(a) - known.indexOf(b))
    .map(([name, version]) => `${name} ${version.replace(/^v/, '')}`)
}

/** `2.1 s` below a minute, `3 min 5 s` above. */
export function seconds(milliseconds: number): string {
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`
  const whole = Math.round(milliseconds / 1000)
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}
