/** What keys are made for most. */
export const keyPresets = [
  { label: 'Read documents', permissions: 'documents.read' },
  { label: 'Read and write documents', permissions: 'documents.*' },
  { label: 'Manage users', permissions: 'users.*' },
  { label: 'Change the structure', permissions: 'collections.*' },
  { label: 'Look only', permissions: '*.read' },
] as const
