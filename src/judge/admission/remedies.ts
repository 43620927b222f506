/** What to do about the rejections that people meet most: one sentence each, by the API server's own words. */
interface Remedy {
  readonly path?: RegExp
  readonly message: RegExp
  /** `$1` and so on are groups of `message`. */
  readonly advice: string
}

/** The first that matches wins: the particular stands before the general. Messages are the engine's (kube 1.37). */
const remedies: readonly Remedy[] = [
  {
    path: /^spec\.selector/,
    message: /immutable/,
    advice: 'keep the selector, or rename the object and remove the old one in a second step',
  },
  {
    path: /^spec\.volumeClaimTemplates/,
    message: /immutable|updates to statefulset spec/i,
    advice:
      'keep the claim templates: grow the claims themselves, or delete the StatefulSet with --cascade=orphan and let the sync make it anew',
  },
  {
    message: /updates to statefulset spec/i,
    advice:
      'change only replicas, template, updateStrategy and the few other fields that may change, or delete the StatefulSet with --cascade=orphan first',
  },
  {
    path: /^spec\.(?:template|completions)/,
    message: /field is immutable/,
    advice: 'give the Job another name: its template never changes after creation',
  },
  {
    path: /^roleRef/,
    message: /immutable|cannot change roleRef/,
    advice: 'delete the binding and create it anew: a roleRef never changes',
  },
  { path: /^type$/, message: /immutable/, advice: 'give the Secret another name: its type never changes' },
  {
    path: /^data/,
    message: /`?immutable`? is set/,
    advice: 'give the new content another name: this object declares itself immutable',
  },
  {
    path: /storage/,
    message: /can ?not be less than|less than (?:status\.capacity|previous)/,
    advice: 'keep the old size: volumes grow only',
  },
  {
    message: /spec is immutable after creation except/,
    advice:
      'keep the claim as it is except for a larger request, or create a claim of another name and move the data',
  },
  { message: /may not change once set/, advice: 'keep the address, or delete the Service first' },
  {
    message: /field is immutable/,
    advice: 'keep the old value, or delete the object and let the sync make it anew',
  },
  {
    message: /missing from spec\.versions/,
    advice: 'keep the version with served: false until what is stored in it has been migrated',
  },
  {
    path: /volumeMounts\[[^\]]*\]\.name$/,
    message: /Not found: "?([^"]*)"?/,
    advice: 'declare a volume $1, or mount one that is declared',
  },
  { path: /mountPath$/, message: /must be unique/, advice: 'mount each path once' },
  { message: /may not specify more than 1 volume type/, advice: 'keep one source for the volume' },
  {
    path: /successThreshold$/,
    message: /must be 1$/,
    advice: 'leave it out: only readiness probes may ask for more than 1',
  },
  {
    path: /valueFrom$/,
    message: /may not be specified when `value` is not empty/,
    advice: 'keep value or valueFrom',
  },
  {
    message: /must be no more than 15 characters/,
    advice: 'give the port a name of at most 15 lower-case letters, digits and dashes',
  },
  {
    path: /(?<!Probe\.[a-zA-Z]+)(?:Port|\.port)$/,
    message: /must be between 1 and 65535/,
    advice: 'use a number from 1 to 65535',
  },
  {
    path: /rollingUpdate$/,
    message: /may not be specified when strategy `type` is/,
    advice: 'remove rollingUpdate, or set the type to RollingUpdate',
  },
  {
    path: /maxUnavailable$/,
    message: /may not be 0 when `maxSurge` is 0/,
    advice: 'let maxSurge or maxUnavailable be at least 1',
  },
  {
    path: /nodePort$/,
    message: /may not be used when `type` is/,
    advice: 'remove nodePort, or set the type to NodePort',
  },
  {
    path: /^(?:data|stringData|binaryData)/,
    message: /valid config key/,
    advice: 'use letters, digits, dashes, dots and underscores in keys',
  },
  {
    message: /may not be more than 1048576 bytes/,
    advice: 'split the content: an object holds at most 1 MiB',
  },
  {
    path: /annotations/,
    message: /may not be more than 262144 bytes/,
    advice: 'shorten the annotations, or apply server-side: they hold at most 256 KiB',
  },
  {
    path: /ontainers\[\d+\]\.image$/,
    message: /Required value/,
    advice: 'name an image with a tag or digest',
  },
  { message: /did you mean "([^"]+)"/, advice: 'write $1' },
  { message: /unknown field "(?:[^"]*\.)?([^".]+)"/, advice: 'check the spelling and the indentation of $1' },
  {
    path: /Probe\..*port$/,
    message: /./,
    advice: 'name a port of the container, or a number from 1 to 65535',
  },
  {
    message: /may not specify more than 1 handler type/,
    advice: 'keep one of exec, httpGet, tcpSocket and grpc',
  },
  {
    path: /resources\.(?:requests|limits)/,
    message: /must be less than or equal to ([a-z0-9./-]+) limit/,
    advice: 'lower the request or raise the $1 limit',
  },
  {
    path: /ports\[[^\]]*\]\.name$|ports\[[^\]]*\]$/,
    message: /Duplicate value/,
    advice: 'give every port of the object a name and a number of its own',
  },
  { message: /Duplicate value/, advice: 'remove one of the two, or rename it' },
  {
    path: /labels/,
    message: /`selector` does not match template `labels`/,
    advice: 'give the pod template the labels that the selector asks for',
  },
  {
    path: /^metadata\.name$/,
    message: /RFC 1123|RFC 1035/,
    advice: 'use lower-case letters, digits and dashes, with a letter or digit first and last',
  },
  {
    message: /RFC 1123|RFC 1035/,
    advice: 'use lower-case letters, digits and dashes, with a letter or digit first and last',
  },
  {
    path: /(?:labels|annotations|[sS]elector)/,
    message: /name part must/,
    advice: 'write the key as name or example.org/name: letters, digits, dashes, dots and underscores',
  },
  {
    path: /(?:limits|requests)\[/,
    message: /must be a standard resource/,
    advice: 'use cpu, memory or ephemeral-storage, or an extended resource such as example.com/gpu',
  },
  {
    message: /pod updates may not change fields/,
    advice: 'delete the Pod and let the sync make it anew, or let a Deployment manage it',
  },
  {
    message: /persistentvolumesource is immutable/,
    advice: 'make a PersistentVolume of another name: the volume behind one never changes',
  },
  {
    message: /must be 'RequireDualStack' or 'PreferDualStack'/,
    advice: 'set ipFamilyPolicy to PreferDualStack or RequireDualStack, or keep one family',
  },
  {
    message: /may only be used when `type` is 'LoadBalancer'/,
    advice: 'remove it, or set the type to LoadBalancer',
  },
  { message: /valid percent string/, advice: 'write a whole number, or a percentage such as 25%' },
  { message: /between 0 and 0777 \(octal\)/, advice: 'write it in octal, such as 0644' },
  { message: /must be an absolute path/, advice: 'begin the path with a slash' },
  { message: /must be a relative path/, advice: 'write the path without a slash at its beginning' },
  { message: /must not contain '\.\.'/, advice: 'write the path without ..' },
  { message: /must be a valid CIDR value/, advice: 'write a network such as 10.0.0.0/8' },
  { message: /must be a valid IP address/, advice: 'write an address such as 10.9.8.7' },
  { message: /must be greater than (?:0|zero)$/, advice: 'set it above 0' },
  { message: /valid label must be/, advice: 'use at most 63 letters, digits, dashes, dots and underscores' },
  {
    path: /^spec\.ports/,
    message: /Required value/,
    advice: 'give the Service at least one port, and a name to each when there are several',
  },
  { path: /pathType/, message: /./, advice: 'set pathType to Exact, Prefix or ImplementationSpecific' },
  {
    path: /maxReplicas|minReplicas/,
    message: /greater than or equal to `minReplicas`/,
    advice: 'let minReplicas be at most maxReplicas',
  },
  {
    message: /minAvailable and maxUnavailable cannot be both set/,
    advice: 'keep minAvailable or maxUnavailable',
  },
  {
    path: /schedule$/,
    message: /cannot use TZ or CRON_TZ/,
    advice: 'take the zone out of the schedule and name it in timeZone',
  },
  { path: /schedule$/, message: /./, advice: 'write five fields as cron does, such as "0 3 * * *"' },
  {
    path: /(?:^|\.)spec\.restartPolicy$/,
    message: /Required value|Unsupported value/,
    advice: 'Jobs need OnFailure or Never, all other controllers Always',
  },
  { message: /must be greater than or equal to (-?[0-9]+)/, advice: 'set it to at least $1' },
  { message: /supported values: (.+)$/s, advice: 'use one of $1' },
  { message: /quantities must match|quantity/i, advice: 'write a quantity such as 500m, 128Mi or 2' },
  {
    path: /^data/,
    message: /cannot read a (?:number|boolean|string) as a list of uint8/,
    advice: 'encode the value in base64, or move it to stringData in quotes',
  },
  { message: /cannot read an? \w+ as bool$/, advice: 'write true or false, without quotes' },
  { message: /cannot read an? \w+ as u?int\d*$/, advice: 'write a whole number, without quotes' },
  { message: /cannot read a (?:number|boolean) as string$/, advice: 'put the value in quotes' },
  { message: /cannot read an? \w+ as (.+)$/, advice: 'write $1' },
  { message: /expected string, got (?:a )?(?:integer|number|boolean)/, advice: 'put the value in quotes' },
  { message: /expected (.+), got/, advice: 'write $1' },
  {
    path: /^data/,
    message: /illegal base64/,
    advice: 'encode the value in base64, or move it to stringData',
  },
  { message: /Required value|required/, advice: 'set the field' },
]

/** One sentence, or undefined for what is not among the well-known rejections. */
export function remedyFor(path: string, message: string): string | undefined {
  for (const { path: where, message: words, advice } of remedies) {
    if (where !== undefined && !where.test(path)) continue
    const match = words.exec(message)
    if (match !== null) return advice.replace(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? '')
  }
  return undefined
}
