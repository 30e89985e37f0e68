"""Map pages, with or without the incidents of a file."""
