/** How an option is asked for: enough to draw its form. What is entered is checked where options always are. */
export type Form =
  | { readonly type: 'integer'; readonly min: number }
  /** At least `min`, at most `max`, and less than `below`. */
  | {
      readonly type: 'number'
      readonly min?: number | undefined
      readonly max?: number | undefined
      readonly below?: number | undefined
    }
  | { readonly type: 'boolean' }
  | { readonly type: 'text' }
  | { readonly type: 'choice'; readonly choices: readonly string[] }
  /** `[height, width]`, or one number for both. */
  | { readonly type: 'pair'; readonly min: number }
  /** May be `null`. */
  | { readonly type: 'optional'; readonly of: Form }
  /**
   * `{ kind, … }` with the options of its kind. `named`: the name of a kind stands for it with all its defaults.
   * `plain`: kinds without options, or another form.
   */
  | {
      readonly type: 'kinds'
      readonly kinds: Readonly<Record<string, FormFields>>
      readonly named?: true
      readonly plain?: Form
    }
  | { readonly type: 'list'; readonly of: Form; readonly most?: number | undefined }
  /** Whatever has no form of its own: JSON. */
  | { readonly type: 'json' }

/** The options of a spec, in their order. */
export type FormFields = Readonly<
  Record<string, { readonly form: Form; readonly required: boolean; readonly fallback: unknown }>
>
