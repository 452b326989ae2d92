"""The folders on disk: claims, journal, recovery. Every durable step is made here."""
