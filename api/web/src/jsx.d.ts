import type { JSX as React } from "react";

// raviger names the elements of its routes by the global JSX, which React 19 no longer has.
declare global {
  namespace JSX {
    type Element = React.Element;
  }
}
