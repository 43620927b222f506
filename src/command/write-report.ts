import type { Report } from '../model/report.ts'
import { renderJson } from '../report/json.ts'
import { renderMarkdown } from '../report/markdown.ts'
import { renderTerminal } from '../report/terminal.ts'
import type { Ports } from './ports.ts'

export interface ReportOptions {
  readonly format: 'terminal' | 'markdown' | 'json'
  readonly json?: string
  readonly markdown?: string
}

/** Writes the files that were asked for, then prints the report: whoever reads the output can rely on the files. */
export async function writeReport(report: Report, options: ReportOptions, ports: Ports): Promise<void> {
  if (options.json !== undefined) await ports.writeFile(options.json, renderJson(report))
  if (options.markdown !== undefined) await ports.writeFile(options.markdown, renderMarkdown(report))
  ports.output.write(printed(report, options.format, ports))
}

function printed(report: Report, format: ReportOptions['format'], ports: Ports): string {
  switch (format) {
    case 'terminal':
      return renderTerminal(report, { colors: ports.output.colors, width: ports.output.width })
    case 'markdown':
      return renderMarkdown(report)
    case 'json':
      return renderJson(report)
  }
}
