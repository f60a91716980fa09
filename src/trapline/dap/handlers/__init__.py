"""What answers the requests, a room for each idea; `requests.find` imports them."""
