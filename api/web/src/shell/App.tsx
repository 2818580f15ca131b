import { useEffect } from "react";
import { Redirect, Route, Switch } from "wouter";
import { Outside } from "../door/Outside";
import { followAccount } from "../i18n";
import { Profile } from "../me/Profile";
import { Sessions } from "../me/Sessions";
import { Found } from "../start/Found";
import { Join } from "../start/Join";
import { Start } from "../start/Start";
import { Loading } from "../ui/Loading";
import { Frame } from "./Frame";
import { Room } from "./Room";
import { keptSeat } from "./kept";
import { type Me, type Seat, useMe, useSeats } from "./seat";
import { Lost, NoOrganization, Trouble } from "./states";

/** App is the page: the door for those outside, the rooms for those inside. */
export function App() {
  const me = useMe();
  if (me.isError && me.data === undefined) return <Frame me={null} seats={[]}><Trouble error={me.error} retry={() => void me.refetch()} /></Frame>;
  if (me.data === undefined) return <Frame me={null} seats={[]}><Loading /></Frame>;
  if (me.data === null) return <Frame me={null} seats={[]}><Outside /></Frame>;
  return <Inside me={me.data} />;
}

function Inside({ me }: { me: Me }) {
  const { seats, pending, error, retry } = useSeats(me);
  useEffect(() => followAccount(me.language), [me.language]);
  return (
    <Frame me={me} seats={seats}>
      {pending ? <Loading /> : error ? <Trouble error={error} retry={retry} /> : <Rooms me={me} seats={seats} />}
    </Frame>
  );
}

function Rooms({ me, seats }: { me: Me; seats: Seat[] }) {
  const account = me.kind === "account";
  return (
    <Switch>
      <Route path="/o/:org/*?">{({ org }) => <At org={org} seats={seats} />}</Route>
      {account && <Route path="/start"><Start me={me} /></Route>}
      {account && <Route path="/start/found"><Found /></Route>}
      {account && <Route path="/start/join"><Join code="" /></Route>}
      {account && <Route path="/join/:code">{({ code }) => <Join code={code} />}</Route>}
      {account && <Route path="/me"><Profile me={me} /></Route>}
      {account && <Route path="/me/sessions"><Sessions /></Route>}
      <Route><First account={account} seats={seats} /></Route>
    </Switch>
  );
}

/** First sends everybody to where they begin. */
function First({ account, seats }: { account: boolean; seats: Seat[] }) {
  const seat = seats.find((s) => s.org === keptSeat()) ?? seats[0];
  if (seat) return <Redirect to={`/o/${seat.org}`} replace />;
  return account ? <Redirect to="/start" replace /> : <NoOrganization />;
}

function At({ org, seats }: { org: string; seats: Seat[] }) {
  const seat = seats.find((s) => s.org === org);
  return seat ? <Room key={org} seat={seat} /> : <Lost />;
}
