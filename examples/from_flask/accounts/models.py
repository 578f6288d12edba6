import hashlib

from sqlalchemy import StaticPool, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str]


def hashed(password: str) -> str:
    return hashlib.scrypt(password.encode(), salt=b"one per user", n=1024, r=8, p=1).hex()


def find_user(db: Session, name: str, password: str) -> User | None:
    return db.scalar(select(User).where(User.name == name, User.password == hashed(password)))


Base.metadata.create_all(engine)
with Session(engine) as db:
    db.add(User(name="ann", password=hashed("leaf")))
    db.commit()
