"""What is kept, and the SQL that moves it. Storage never commits: the service that called it owns the transaction."""
