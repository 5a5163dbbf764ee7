import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressRefusal } from '../../../lambdas/core/probe/address.ts';

describe('a prober outside of a VPC', () => {
  it.each(['52.95.110.1', '8.8.8.8', '2600:1f18::1', '2a05:d018:1::5', '172.32.0.1', '11.0.0.1'])(
    'goes to %s',
    (address) => expect(addressRefusal(address, 'internet')).toBeUndefined(),
  );

  it.each([
    ['127.0.0.1', '127.0.0.1 is loopback'],
    ['127.255.255.255', 'is loopback'],
    ['0.0.0.0', 'of this network'],
    ['169.254.169.254', '169.254.169.254 is link-local'],
    ['169.254.170.2', 'is link-local'],
    ['10.1.2.3', '10.1.2.3 is private, which a probe without vpc does not reach'],
    ['172.16.0.1', 'is private'],
    ['172.31.255.255', 'is private'],
    ['192.168.1.1', 'is private'],
    ['100.64.0.1', 'is shared by a carrier'],
    ['100.127.255.255', 'is shared by a carrier'],
    ['224.0.0.1', 'is multicast'],
    ['255.255.255.255', 'is reserved'],
    ['203.0.113.7', 'is for documentation'],
    ['::1', '::1 is loopback'],
    ['0:0:0:0:0:0:0:1', 'is loopback'],
    ['::', 'is unspecified'],
    ['::ffff:169.254.169.254', 'is an IPv4 address in IPv6'],
    ['::ffff:8.8.8.8', 'is an IPv4 address in IPv6'],
    ['::FFFF:a9fe:a9fe', 'is an IPv4 address in IPv6'],
    ['::8.8.8.8', 'is in no range that is given out'],
    ['64:ff9b::169.254.169.254', 'is an IPv4 address in IPv6'],
    ['2002:a9fe:a9fe::1', 'is an IPv4 address in IPv6'],
    ['2001:0:1::1', 'is for protocols'],
    ['fe80::1', 'is link-local'],
    ['fd00:ec2::254', 'is link-local at AWS'],
    ['fd12::1', 'is private'],
    ['ff02::1', 'is multicast'],
    ['2130706433', 'is no address'],
    ['127.1', 'is no address'],
    ['0177.0.0.1', 'is no address'],
    ['fe80::1%eth0', 'is no address'],
    ['1:2:3', 'is no address'],
    ['1::2::3', 'is no address'],
    ['shop.example.com', 'is no address'],
    ['', 'is no address'],
  ])('does not go to %s', (address, why) => {
    expect(addressRefusal(address, 'internet')).toContain(why);
  });
});

describe('a prober in a VPC', () => {
  it.each(['10.1.2.3', '172.16.0.1', '192.168.0.1', '100.64.0.1', 'fd12::1', '52.95.110.1'])(
    'goes to %s',
    (address) => expect(addressRefusal(address, 'vpc')).toBeUndefined(),
  );

  it.each([
    ...['127.0.0.1', '169.254.169.254', '0.0.0.0', '224.0.0.1', '::1', 'fe80::1', 'fd00:ec2::254'],
    ...['::ffff:10.0.0.1', '::ffff:169.254.169.254', '64:ff9b::10.0.0.1'],
  ])('never goes to %s', (address) => {
    expect(addressRefusal(address, 'vpc')).toBeDefined();
  });
});

it('reads addresses as Node does, whatever they are', () => {
  const refused = new BlockList();
  refused.addSubnet('169.254.0.0', 16);
  refused.addSubnet('127.0.0.0', 8);
  refused.addSubnet('fe80::', 10, 'ipv6');
  refused.addAddress('::1', 'ipv6');
  const any = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.string(),
    fc.ipV4().map((v4) => `::ffff:${v4}`),
  );
  fc.assert(
    fc.property(any, (address) => {
      const family = isIP(address);
      const why = addressRefusal(address, 'vpc');
      if (family === 0) {
        expect(why).toContain('is no address');
        return;
      }
      expect(why ?? '').not.toContain('is no address');
      if (refused.check(address, family === 6 ? 'ipv6' : 'ipv4')) expect(why).toBeDefined();
    }),
    { numRuns: 3000 },
  );
});
