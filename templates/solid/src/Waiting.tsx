export function Waiting() {
  return (
    <ul class="waiting" aria-label="Loading">
      <li />
      <li />
      <li />
    </ul>
  )
}
