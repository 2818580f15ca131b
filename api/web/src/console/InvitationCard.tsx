import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";

/** Shown is what a person needs to pass an invitation on. */
export interface Shown {
  code: string;
  link: string;
  /** qr is the link as an SVG picture. */
  qr: string;
}

/** InvitationCard shows the code to read out, the link to send, and the picture to scan. */
export function InvitationCard({ invitation }: { invitation: Shown }) {
  const { t } = useTranslation();
  const { code, link, qr } = invitation;
  return (
    <div className="invitation">
      <img className="qr" src={`data:image/svg+xml,${encodeURIComponent(qr)}`} alt={t("invitations.qr")} />
      <p className="code big-code">{code}</p>
      <code className="block">{link}</code>
      <div className="actions">
        <Copy text={link} word="invitations.copy.link" />
        <Copy text={code} word="invitations.copy.code" />
      </div>
    </div>
  );
}

/** Copy puts a text on the clipboard, and says whether it did. */
export function Copy({ text, word }: { text: string; word: string }) {
  const { t } = useTranslation();
  const [done, setDone] = useState("");
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setDone("copied");
    } catch {
      setDone("copied.not");
    }
  }
  return (
    <>
      <Button small onClick={() => void copy()}>
        {t(word)}
      </Button>
      <span role="status" className="note">
        {done && t(done)}
      </span>
    </>
  );
}
