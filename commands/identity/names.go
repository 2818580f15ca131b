package identity

import "net/netip"

// Name is the HMAC that stands for a personal value, such as a number, in the store.
func (s *database) Name(kind, value string) []byte {
	return s.key.MAC("daka/identity/"+kind, []byte(value))
}

// names are those under which a code waits for its asker: the device, or the network of who has none.
func (s *database) names(a Asker) (names [][]byte) {
	if a.Device != "" {
		names = append(names, s.Name("device", a.Device))
	}
	return append(names, s.Place(a.Address))
}

// Place is the name of where an address belongs to: itself, or the /56 that a home or an office gets of IPv6.
func (s *database) Place(address netip.Addr) []byte {
	own, near := s.Networks(address)
	if address.Unmap().Is6() {
		return near
	}
	return own
}

// Networks are the names of an address, of IPv6 of its /64, and of its neighbourhood: a /24, or a /56. No address is one, too.
func (s *database) Networks(address netip.Addr) (own, near []byte) {
	address = address.Unmap()
	ownBits, nearBits := 32, 24
	if address.Is6() {
		ownBits, nearBits = 64, 56
	}
	one, _ := address.Prefix(ownBits)
	many, _ := address.Prefix(nearBits)
	return s.Name("address", one.String()), s.Name("network", many.String())
}

// neighbourhood is what one provider gives to many: a /24, or a /32 of IPv6.
func (s *database) neighbourhood(address netip.Addr) string {
	bits := 24
	if address = address.Unmap(); address.Is6() {
		bits = 32
	}
	prefix, _ := address.Prefix(bits)
	return prefix.String()
}
