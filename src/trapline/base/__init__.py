"""The words that every other room uses: addresses, memory, records, errors."""
