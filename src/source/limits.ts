/** Numbers of this room, each with where it comes from. Sizes are bytes, times milliseconds. */
export const limits = {
  /** Largest file that is read. Twice what Argo CD allows all manifests of one directory application (10 MB). */
  fileBytes: 20 * 1024 * 1024,
  /** Longest target of a symbolic link: PATH_MAX of Linux. A longer one cannot exist in a checkout. */
  linkBytes: 4096,
  /** Symbolic links followed for one path: MAXSYMLINKS of Linux, after which the kernel answers ELOOP. */
  linkHops: 40,
  /** Git LFS: "pointer files must be less than 1024 bytes in size" (git-lfs docs/spec.md). */
  lfsPointerBytes: 1024,
  /** Output of one git command; `ls-tree` of a million paths of 200 characters fits. Ours. */
  outputBytes: 512 * 1024 * 1024,
  /** One local git command. Ours: `ls-tree` of Linux's own repository takes a quarter of a second. */
  localMilliseconds: 120_000,
  /** One fetch of a missing parent. Ours: half of the run's ten minutes. */
  fetchMilliseconds: 300_000,
  /** Branch and tag names compared with an unknown one to find the nearest. Ours. */
  referenceNames: 5000,
} as const
