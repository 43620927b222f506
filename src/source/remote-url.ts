/** A remote's URL without user name and password: it is compared and shown. Other than http(s) URLs stay as they are. */
export function withoutCredentials(url: string): string {
  return url.replace(/^(https?:\/\/)[^/?#]*@/i, '$1')
}
