let touched = Date.now();

/** watchTouch notes when somebody last did something on the page; opening it is doing something. */
export function watchTouch(target: Window = window): void {
  const note = () => {
    touched = Date.now();
  };
  for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"])
    target.addEventListener(kind, note, { capture: true, passive: true });
  note();
}

/** untouchedFor is how many whole seconds ago that was. */
export const untouchedFor = (now = Date.now()): number => Math.max(0, Math.floor((now - touched) / 1000));
