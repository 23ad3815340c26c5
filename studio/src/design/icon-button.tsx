import { Icon, type IconName } from './icons.tsx'

/** A button without a word on it; `label` names it, also beside the pointer. */
export function IconButton({
  icon,
  label,
  disabled = false,
  onClick,
}: {
  readonly icon: IconName
  readonly label: string
  readonly disabled?: boolean
  readonly onClick: () => void
}) {
  return (
    <button
      type="button"
      className="plain icon-only"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} size={14} />
    </button>
  )
}
