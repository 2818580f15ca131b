/** Avatar is the picture of a person, or the first letter of the name. */
export function Avatar({ name, file, size = 34 }: { name: string; file?: string | null | undefined; size?: number }) {
  const style = { width: size, height: size, fontSize: size * 0.42 };
  if (file) return <img className="avatar" style={style} src={`/api/v1/me/avatar?${file.slice(0, 8)}`} alt="" />;
  return (
    <span className="avatar" style={style} aria-hidden="true">
      {Array.from(name.trim())[0]?.toUpperCase() ?? "?"}
    </span>
  );
}
