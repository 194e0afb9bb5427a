"""What an encoder sees in images: computed once, stored, analysed and loaded."""
