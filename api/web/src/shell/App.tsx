import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { Redirect, useRoutes } from "raviger";
import { Outside } from "../door/Outside";
import { followAccount } from "../i18n";
import { Profile } from "../me/Profile";
import { Sessions } from "../me/Sessions";
import { QueueProvider } from "../queue/QueueProvider";
import { Found } from "../start/Found";
import { Join } from "../start/Join";
import { Start } from "../start/Start";
import { Loading } from "../ui/Loading";
import { Frame } from "./Frame";
import { Room } from "./Room";
import { StepUp } from "./StepUp";
import { keptSeat } from "./kept";
import { type Me, type Seat, useMe, useSeats } from "./seat";
import { Lost, NoOrganization, Trouble } from "./states";

/** App is the page: the door for those outside, the rooms for those inside. */
export function App() {
  const me = useMe();
  if (me.isError && me.data === undefined)
    return (
      <Frame me={null} seats={[]}>
        <Trouble error={me.error} retry={() => void me.refetch()} />
      </Frame>
    );
  if (me.data === undefined)
    return (
      <Frame me={null} seats={[]}>
        <Loading />
      </Frame>
    );
  if (me.data === null)
    return (
      <Frame me={null} seats={[]}>
        <Outside />
      </Frame>
    );
  return <Inside me={me.data} />;
}

function Inside({ me }: { me: Me }) {
  const { seats, pending, error, retry } = useSeats(me);
  useEffect(() => followAccount(me.language), [me.language]);
  return (
    <Punching me={me} seats={seats}>
      <Frame me={me} seats={seats}>
        {pending ? <Loading /> : error ? <Trouble error={error} retry={retry} /> : <Rooms me={me} seats={seats} />}
        {me.kind === "account" && <StepUp me={me} />}
      </Frame>
    </Punching>
  );
}

/** Punching keeps sending an account's punches, whatever page one is on. */
function Punching({ me, seats, children }: { me: Me; seats: Seat[]; children: ReactNode }) {
  const queries = useQueryClient();
  if (!me.account) return children;
  const saved = ({ org }: { org: string }) => {
    void queries.invalidateQueries({ queryKey: ["today", org] });
    void queries.invalidateQueries({ queryKey: ["punches", org] });
  };
  const members = seats.flatMap(({ org, member }) => (member ? [{ org, member }] : []));
  return (
    <QueueProvider account={me.account} members={members} saved={saved}>
      {children}
    </QueueProvider>
  );
}

function Rooms({ me, seats }: { me: Me; seats: Seat[] }) {
  const account = me.kind === "account";
  const inside = ({ org }: { org: string }) => <At org={org} seats={seats} />;
  const rooms = { "/o/:org": inside, "/o/:org/*": inside };
  const own = {
    "/start": () => <Start me={me} />,
    "/start/found": () => <Found />,
    "/start/join": () => <Join code="" />,
    "/join/:code": ({ code }: { code: string }) => <Join code={code} />,
    "/me": () => <Profile me={me} />,
    "/me/sessions": () => <Sessions />,
  };
  const room = useRoutes(account ? { ...rooms, ...own } : rooms);
  return room ?? <First account={account} seats={seats} />;
}

/** First sends everybody to where they begin. */
function First({ account, seats }: { account: boolean; seats: Seat[] }) {
  const seat = seats.find((s) => s.org === keptSeat()) ?? seats[0];
  if (seat) return <Redirect to={`/o/${seat.org}`} />;
  return account ? <Redirect to="/start" /> : <NoOrganization />;
}

function At({ org, seats }: { org: string; seats: Seat[] }) {
  const seat = seats.find((s) => s.org === org);
  return seat ? <Room key={org} seat={seat} /> : <Lost />;
}
