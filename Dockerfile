# Checked by parsing only: no Docker was at hand where this was written.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ENTENTE_DATA=/data PYTHONPATH=/srv/entente
WORKDIR /srv/entente
COPY requirements.lock requirements-uv.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.lock \
    && uv pip install --system --no-cache --require-hashes -r requirements.lock
COPY . .
RUN useradd --system --uid 10001 --home-dir /data entente && mkdir -p /data && chown entente /data
USER entente
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--preload", "--no-control-socket"]
