/** Which requests a drain gets, for people. */
export const requestChoices = [
  { value: 'all', label: 'All' },
  { value: 'refused', label: 'Refused and failed (4xx, 5xx)' },
  { value: 'failed', label: 'Failed (5xx)' },
]
