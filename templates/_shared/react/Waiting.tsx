export function Waiting() {
  return (
    <ul className="waiting" aria-label="Loading">
      <li />
      <li />
      <li />
    </ul>
  )
}
