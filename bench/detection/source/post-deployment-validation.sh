#!/usr/bin/env bash
# The source runbook's validation after a deployment, retold from its description with the addresses of the target under test.
# Its mistakes are kept: that is what is measured.

echo "=== Validation after the deployment ==="

echo "1. Endpoints"
if curl -f -s "$HOOKS_URL/health" >/dev/null; then
  echo "   ✓ hook-receiver health"
else
  echo "   ✗ hook-receiver health"
fi
if curl -f -s "$METRICS_URL/lab/health" >/dev/null; then
  echo "   ✓ model-metrics health"
else
  echo "   ✗ model-metrics health"
fi
if curl -f -s "$WORKFLOWS_URL/health" >/dev/null; then
  echo "   ✓ workflow-coordinator health"
else
  echo "   ✗ workflow-coordinator health"
fi

echo "2. Functions"
API_KEY=$(cat "$ROOT/opt/omninode_bridge/secrets/api_key")
ANSWER=$(curl -s -X POST "$HOOKS_URL/hooks" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"source":"test","action":"validate","resource":"deployment","resource_id":"test-1","data":{"test":true}}')
if echo "$ANSWER" | grep -q '"success":true'; then
  echo "   ✓ hook accepted"
else
  echo "   ✗ hook accepted"
fi
MODELS=$(curl -s "$METRICS_URL/models/available")
if echo "$MODELS" | grep -q '"total_models"'; then
  echo "   ✓ models available"
else
  echo "   ✗ models available"
fi

# A target without monitoring is not asked for it: that is no mistake of the script.
if [[ -n "${PROMETHEUS_URL:-}" ]]; then
  echo "3. Monitoring"
  TARGETS=$(curl -s "$PROMETHEUS_URL/api/v1/targets")
  if echo "$TARGETS" | grep -q '"status":"success"'; then
    echo "   ✓ Prometheus targets"
  else
    echo "   ✗ Prometheus targets"
  fi
fi
if [[ -n "${GRAFANA_URL:-}" ]]; then
  if curl -f -s "$GRAFANA_URL/api/health" >/dev/null; then
    echo "   ✓ Grafana health"
  else
    echo "   ✗ Grafana health"
  fi
fi

echo "=== Done ==="
