"""The `alignment` command: its commands are in ``commands``, each a function there."""

from alignment.commands import answering, exchanging, main, serving, trusting, user

__all__ = ["answering", "exchanging", "main", "serving", "trusting", "user"]

if __name__ == "__main__":
    main()
