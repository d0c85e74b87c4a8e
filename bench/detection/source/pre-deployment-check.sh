#!/usr/bin/env bash
# The source runbook's pre-deployment check, retold from its description with the addresses of the target under test. Its
# mistakes are kept: that is what is measured.

echo "=== Health before the deployment ==="

echo "1. Resources"
echo "   Cores: $(nproc)"
echo "   Memory: $(free -h | grep Mem | awk '{print $2}')"
echo "   Free disk: $(df -h / | tail -1 | awk '{print $4}')"

echo "2. Docker"
docker --version
docker-compose --version
systemctl is-active docker

echo "3. Network"
ping -c 3 "$PING_ADDRESS" >/dev/null && echo "   Internet: OK" || echo "   Internet: FAILED"

echo "4. Names"
nslookup -port="$DNS_PORT" "$HOOKS_NAME" "$DNS_ADDRESS" >/dev/null && echo "   DNS: OK" || echo "   DNS: FAILED"

echo "5. Certificates"
if [[ -f "$ROOT/etc/ssl/certs/omninode/hook-receiver.crt" ]]; then
  echo "   Certificates: OK"
  openssl x509 -in "$ROOT/etc/ssl/certs/omninode/hook-receiver.crt" -noout -dates
else
  echo "   Certificates: MISSING"
fi

echo "6. Secrets"
for secret in postgres_password redis_password api_key; do
  if [[ -f "$ROOT/opt/omninode_bridge/secrets/$secret" ]]; then
    echo "   $secret: OK"
  else
    echo "   $secret: MISSING"
  fi
done

echo "=== Done ==="
