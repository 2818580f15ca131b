package wire_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/google/uuid"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
)

// Personal values are sealed, all others are clear. A real seal encrypts under the person's key; this one puts a hash in its place, to show where.
func ExampleEncode() {
	org, member, event := uuid.MustParse("0198c0de-0000-7000-8000-000000000001"), uuid.MustParse("0198c0de-0000-7000-8000-000000000002"), uuid.MustParse("0198c0de-0000-8000-8000-000000000003")
	seal := func(plain, _ []byte) (string, error) {
		box := sha256.Sum256(plain)
		return domain.SealPrefix + base64.RawURLEncoding.EncodeToString(box[:]), nil
	}
	meta := domain.Metadata{
		CommandID: event, RequestHash: "ab12", Actor: domain.Actor{Kind: domain.ActorSystem, ID: "daka"}, Org: org, Subject: member,
		CorrelationID: event, KeyID: &org,
	}
	data, _, err := wire.Encode(domain.MemberStream(org, member), event, domain.MemberProvisioned{
		Member: member, Number: "0042", Name: domain.Private("Wang Wei"), Joined: "2026-03-02",
	}, &meta, seal)
	fmt.Println(string(data), err)
	// Output: {"member":"0198c0de-0000-7000-8000-000000000002","number":"0042","name":"s1.cGsRO_RchI6-BZKjYURjloWepIryoJhd1yjuUv3JiHA","joined":"2026-03-02"} <nil>
}
