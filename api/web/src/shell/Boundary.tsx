import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";

/** Boundary keeps a fault of one room, or a part that could not be loaded, from emptying the whole page. */
export class Boundary extends Component<{ at: string; children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override componentDidUpdate(before: { at: string }) {
    if (this.state.broken && before.at !== this.props.at) this.setState({ broken: false });
  }

  override render() {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { t } = useTranslation();
  return (
    <div className="center">
      <div className="card door" role="alert">
        <h1>{t("broken.title")}</h1>
        <p>{t("broken.help")}</p>
        <Button tone="primary" onClick={() => location.reload()}>
          {t("broken.reload")}
        </Button>
      </div>
    </div>
  );
}
