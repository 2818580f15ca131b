/** shiftName is a shift's name as people read it; "day" is what the form of a rule once called every shift. */
export const shiftName = (name: string, say: (word: string) => string): string => (name === "day" ? say("shift.day") : name);
