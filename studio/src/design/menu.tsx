import { type ReactNode, type SyntheticEvent, useEffect, useRef } from 'react'
import { Icon, type IconName } from './icons.tsx'
import './menu.css'

/**
 * What opens below a button: choices, or things to do. Escape, a click elsewhere and, unless it `stays`, a choice close it.
 * `label` names a button that has only an icon.
 */
export function Menu({
  title,
  icon,
  label,
  stays = false,
  isPlain = false,
  children,
}: {
  readonly title?: string
  readonly icon?: IconName
  readonly label?: string
  readonly stays?: boolean
  /** Without a border, as beside a title. */
  readonly isPlain?: boolean
  readonly children: ReactNode
}) {
  const place = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const menu = place.current!
    const close = (focuses: boolean): void => {
      if (!menu.open) return
      menu.open = false
      if (focuses) menu.querySelector('summary')!.focus()
    }
    const onPointer = (event: PointerEvent): void => {
      if (!menu.contains(event.target as Node)) close(false)
    }
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && menu.open) {
        event.preventDefault()
        close(true)
      }
    }
    const onClick = (event: MouseEvent): void => {
      const target = event.target as Element
      if (!stays && target.closest('button, a') && !target.closest('summary')) close(true)
    }
    document.addEventListener('pointerdown', onPointer)
    menu.addEventListener('keydown', onKey)
    menu.addEventListener('click', onClick)
    return () => {
      document.removeEventListener('pointerdown', onPointer)
      menu.removeEventListener('keydown', onKey)
      menu.removeEventListener('click', onClick)
    }
  }, [stays])
  return (
    <details className={isPlain ? 'menu is-plain' : 'menu'} ref={place} onToggle={turn}>
      <summary aria-label={label} title={label}>
        {icon && <Icon name={icon} />}
        {title}
        {title !== undefined && <Icon name="chevron" size={12} />}
      </summary>
      <div className="menu-body">{children}</div>
    </details>
  )
}

/** Opens to the left where there is no room at the right. */
function turn({ currentTarget: menu }: SyntheticEvent<HTMLElement>): void {
  delete menu.dataset.toLeft
  const { right } = menu.lastElementChild!.getBoundingClientRect()
  menu.dataset.toLeft = String(right > document.documentElement.clientWidth)
}
