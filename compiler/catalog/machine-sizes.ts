/** What Fly sells. Source: https://github.com/superfly/flyctl, internal/machine/update.go */
export const SOLD = {
  shared: { cpus: [1, 2, 4, 6, 8], memoryPerCpu: [256, 2048], step: 256 },
  performance: {
    cpus: [1, 2, 4, 6, 8, 10, 12, 14, 16, 32, 64, 128],
    memoryPerCpu: [2048, 8192],
    step: 1024,
  },
} as const;
