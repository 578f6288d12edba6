"""The callables that block, by what they wait for.

Names are those of the defining module or of the public one; whichever is imported is looked up. A name that ends in
`.*` stands for every public method of a class whose methods are made at run time. `a.b=c.d` is shown as `c.d`.
"""

from dataclasses import dataclass

from laneway.check.findings import Level


@dataclass(frozen=True, slots=True)
class Group:
    """Callables that block for the same reason; the fields mean what they mean in `Sink`."""

    kind: str
    names: str
    level: Level = Level.blocks
    instead: str = ""
    lane: str = "thread"
    own_only: bool = False


HTTPX = """
    httpx._api.request=httpx.request httpx._api.get=httpx.get httpx._api.post=httpx.post httpx._api.put=httpx.put
    httpx._api.patch=httpx.patch httpx._api.delete=httpx.delete httpx._api.head=httpx.head
    httpx._api.stream=httpx.stream
    httpx._client.Client.request=httpx.Client.request httpx._client.Client.get=httpx.Client.get
    httpx._client.Client.post=httpx.Client.post httpx._client.Client.put=httpx.Client.put
    httpx._client.Client.patch=httpx.Client.patch httpx._client.Client.delete=httpx.Client.delete
    httpx._client.Client.head=httpx.Client.head httpx._client.Client.send=httpx.Client.send
    httpx._client.Client.stream=httpx.Client.stream
"""

GROUPS = (
    Group("sleep", "time.sleep", instead="await asyncio.sleep(...)"),
    Group(
        "http",
        """
        requests.api.request=requests.request requests.api.get=requests.get requests.api.post=requests.post
        requests.api.put=requests.put requests.api.patch=requests.patch requests.api.delete=requests.delete
        requests.api.head=requests.head requests.api.options=requests.options
        requests.sessions.Session.request=requests.Session.request
        requests.sessions.Session.get=requests.Session.get requests.sessions.Session.post=requests.Session.post
        requests.sessions.Session.put=requests.Session.put requests.sessions.Session.patch=requests.Session.patch
        requests.sessions.Session.delete=requests.Session.delete requests.sessions.Session.head=requests.Session.head
        requests.sessions.Session.send=requests.Session.send
        urllib3.poolmanager.PoolManager.urlopen=urllib3.PoolManager.urlopen
        urllib3.connectionpool.HTTPConnectionPool.urlopen urllib3.request
        """,
        instead="httpx.AsyncClient",
    ),
    Group("http", HTTPX, instead="httpx.AsyncClient"),
    Group("http", HTTPX.replace("httpx", "httpx2"), instead="httpx2.AsyncClient"),
    Group(
        "http",
        """
        urllib.request.urlopen urllib.request.urlretrieve urllib.request.OpenerDirector.open
        http.client.HTTPConnection.connect http.client.HTTPSConnection.connect http.client.HTTPConnection.request
        http.client.HTTPConnection.getresponse
        """,
        instead="an async client such as httpx.AsyncClient",
    ),
    Group(
        "http",
        """
        openai._base_client.SyncAPIClient.request openai._base_client.SyncAPIClient.post=OpenAI.post
        openai._base_client.SyncAPIClient.get=OpenAI.get
        anthropic._base_client.SyncAPIClient.request anthropic._base_client.SyncAPIClient.post=Anthropic.post
        anthropic._base_client.SyncAPIClient.get=Anthropic.get
        stripe._api_requestor._APIRequestor.request elastic_transport.Transport.perform_request
        """,
        instead="the async client of the same library",
    ),
    Group(
        "cloud",
        """
        botocore.client.BaseClient.* botocore.client.BaseClient._make_api_call
        boto3.s3.transfer.S3Transfer.upload_file boto3.s3.transfer.S3Transfer.download_file
        """,
        instead="aioboto3",
    ),
    Group(
        "network",
        "socket.getaddrinfo socket.getnameinfo",
        instead="await loop.getaddrinfo(...)",
        own_only=True,  # libraries also use it to read numeric addresses
    ),
    Group(
        "network",
        "socket.gethostbyname socket.gethostbyname_ex socket.gethostbyaddr",
        instead="await loop.getaddrinfo(...)",
    ),
    Group("network", "socket.create_connection", instead="await asyncio.open_connection(...)"),
    Group(
        "network",
        """
        _socket.socket.connect=socket.connect _socket.socket.recv=socket.recv _socket.socket.recv_into=socket.recv_into
        _socket.socket.recvfrom=socket.recvfrom _socket.socket.sendall=socket.sendall _socket.socket.send=socket.send
        socket.socket.accept socket.socket.sendfile ssl.SSLSocket.connect ssl.SSLSocket.recv ssl.SSLSocket.send
        ssl.SSLSocket.sendall ssl.SSLSocket.do_handshake select.select
        """,
        instead="asyncio streams, or loop.sock_recv and its like",
        own_only=True,
    ),
    Group(
        "mail",
        """
        smtplib.SMTP.connect smtplib.SMTP.sendmail smtplib.SMTP.send_message smtplib.SMTP.login smtplib.SMTP.starttls
        smtplib.SMTP smtplib.SMTP_SSL imaplib.IMAP4 imaplib.IMAP4_SSL poplib.POP3 poplib.POP3_SSL ftplib.FTP
        """,
        instead="aiosmtplib for mail",
    ),
    Group(
        "process",
        """
        subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.getoutput
        subprocess.getstatusoutput subprocess.Popen.wait subprocess.Popen.communicate os.system os.popen posix.system
        os.wait os.spawnv os.spawnvp
        """,
        instead="await asyncio.create_subprocess_exec(...)",
    ),
    Group(
        "process",
        "subprocess.Popen",
        level=Level.advice,
        instead="await asyncio.create_subprocess_exec(...)",
        own_only=True,
    ),
    Group("input", "builtins.input=input getpass.getpass"),
    Group(
        "database",
        """
        sqlite3.connect _sqlite3.connect=sqlite3.connect sqlite3.Connection.execute sqlite3.Connection.executemany
        sqlite3.Connection.executescript sqlite3.Connection.commit sqlite3.Connection.backup sqlite3.Cursor.execute
        sqlite3.Cursor.executemany sqlite3.Cursor.executescript sqlite3.Cursor.fetchone sqlite3.Cursor.fetchmany
        sqlite3.Cursor.fetchall sqlite3.Cursor.__next__
        """,
        instead="aiosqlite",
    ),
    Group(
        "database",
        """
        psycopg2.connect psycopg2.extensions.cursor.execute psycopg2.extensions.cursor.executemany
        psycopg2.extensions.cursor.fetchone psycopg2.extensions.cursor.fetchall psycopg2.extensions.connection.commit
        psycopg2.extensions.connection.rollback psycopg2.extras.execute_values psycopg2.pool.AbstractConnectionPool.getconn
        psycopg.Connection.connect=psycopg.connect psycopg.Connection.execute psycopg.Connection.commit
        psycopg.Cursor.execute psycopg.Cursor.executemany psycopg.Cursor.fetchone psycopg.Cursor.fetchall
        psycopg_pool.ConnectionPool.connection psycopg_pool.ConnectionPool.getconn
        """,
        instead="asyncpg, or psycopg.AsyncConnection",
    ),
    Group(
        "database",
        """
        pymysql.connections.Connection=pymysql.connect pymysql.connections.Connection.commit pymysql.cursors.Cursor.execute
        pymysql.cursors.Cursor.executemany MySQLdb.connect MySQLdb.cursors.BaseCursor.execute mysql.connector.connect
        mysql.connector.cursor.MySQLCursor.execute pyodbc.connect pyodbc.Cursor.execute oracledb.connect
        oracledb.Cursor.execute duckdb.connect duckdb.DuckDBPyConnection.execute
        """,
        instead="an async driver",
    ),
    Group(
        "database",
        """
        sqlalchemy.engine.base.Engine.connect=sqlalchemy.Engine.connect
        sqlalchemy.engine.base.Engine.begin=sqlalchemy.Engine.begin
        sqlalchemy.engine.base.Connection.execute=sqlalchemy.Connection.execute
        sqlalchemy.engine.base.Connection.scalar=sqlalchemy.Connection.scalar
        sqlalchemy.engine.base.Connection.scalars=sqlalchemy.Connection.scalars
        sqlalchemy.engine.base.Connection.commit=sqlalchemy.Connection.commit
        sqlalchemy.orm.session.Session.execute=sqlalchemy.Session.execute
        sqlalchemy.orm.session.Session.scalar=sqlalchemy.Session.scalar
        sqlalchemy.orm.session.Session.scalars=sqlalchemy.Session.scalars
        sqlalchemy.orm.session.Session.get=sqlalchemy.Session.get
        sqlalchemy.orm.session.Session.get_one=sqlalchemy.Session.get_one
        sqlalchemy.orm.session.Session.commit=sqlalchemy.Session.commit
        sqlalchemy.orm.session.Session.flush=sqlalchemy.Session.flush
        sqlalchemy.orm.session.Session.refresh=sqlalchemy.Session.refresh
        sqlalchemy.orm.session.Session.merge=sqlalchemy.Session.merge
        sqlalchemy.orm.session.Session.bulk_save_objects=sqlalchemy.Session.bulk_save_objects
        sqlalchemy.orm.query.Query.all=sqlalchemy.Query.all sqlalchemy.orm.query.Query.first=sqlalchemy.Query.first
        sqlalchemy.orm.query.Query.one=sqlalchemy.Query.one sqlalchemy.orm.query.Query.get=sqlalchemy.Query.get
        sqlalchemy.orm.query.Query.one_or_none=sqlalchemy.Query.one_or_none
        sqlalchemy.orm.query.Query.count=sqlalchemy.Query.count sqlalchemy.orm.query.Query.scalar=sqlalchemy.Query.scalar
        sqlalchemy.orm.query.Query.delete=sqlalchemy.Query.delete sqlalchemy.orm.query.Query.update=sqlalchemy.Query.update
        sqlalchemy.sql.schema.MetaData.create_all=sqlalchemy.MetaData.create_all
        sqlalchemy.sql.schema.MetaData.drop_all=sqlalchemy.MetaData.drop_all
        sqlmodel.orm.session.Session.exec=sqlmodel.Session.exec
        sqlmodel.orm.session.Session.execute=sqlmodel.Session.execute
        """,
        instead="sqlalchemy.ext.asyncio",
    ),
    Group(
        "database",
        """
        redis.client.Redis.execute_command=redis.Redis.execute_command redis.client.Pipeline.execute
        redis.client.PubSub.get_message redis.client.PubSub.listen pymongo.collection.Collection.find_one
        pymongo.synchronous.collection.Collection.find_one pymongo.synchronous.collection.Collection.insert_one
        pymongo.synchronous.collection.Collection.insert_many pymongo.synchronous.collection.Collection.update_one
        pymongo.synchronous.collection.Collection.update_many pymongo.synchronous.collection.Collection.delete_one
        pymongo.synchronous.collection.Collection.delete_many pymongo.synchronous.collection.Collection.count_documents
        pymongo.synchronous.cursor.Cursor.next pymongo.synchronous.cursor.Cursor.to_list
        django.db.models.query.QuerySet._fetch_all peewee.Database.execute_sql peewee.BaseQuery.execute
        """,
        instead="the async client of the same library",
    ),
    Group(
        "wait",
        """
        threading.Event.wait threading.Condition.wait threading.Condition.wait_for threading.Barrier.wait
        threading.Thread.join threading.Semaphore.acquire queue.Queue.get queue.Queue.join _queue.SimpleQueue.get=queue.SimpleQueue.get
        concurrent.futures._base.Future.result=concurrent.futures.Future.result
        concurrent.futures._base.Future.exception=concurrent.futures.Future.exception
        concurrent.futures._base.Executor.__exit__=Executor.shutdown concurrent.futures._base.wait=concurrent.futures.wait
        concurrent.futures._base.as_completed=concurrent.futures.as_completed
        multiprocessing.process.BaseProcess.join=Process.join multiprocessing.queues.Queue.get
        multiprocessing.connection._ConnectionBase.recv=Connection.recv multiprocessing.pool.Pool.map
        multiprocessing.pool.Pool.apply multiprocessing.pool.Pool.starmap multiprocessing.pool.ApplyResult.get
        _multiprocessing.SemLock.acquire=multiprocessing.Lock.acquire
        """,
        instead="the asyncio primitive of the same name",
        own_only=True,
    ),
    Group(
        "lock",
        """
        _thread.LockType.acquire=threading.Lock.acquire _thread.LockType.__enter__=threading.Lock
        _thread.RLock.acquire=threading.RLock.acquire _thread.RLock.__enter__=threading.RLock
        threading.Condition.__enter__=threading.Condition threading.Semaphore.__enter__=threading.Semaphore
        """,
        level=Level.advice,
        instead="asyncio.Lock, when only coroutines share it",
        own_only=True,
    ),
    Group(
        "password",
        """
        hashlib.pbkdf2_hmac hashlib.scrypt _hashlib.pbkdf2_hmac=hashlib.pbkdf2_hmac _hashlib.scrypt=hashlib.scrypt
        bcrypt.hashpw bcrypt.checkpw bcrypt.kdf bcrypt._bcrypt.hashpw=bcrypt.hashpw bcrypt._bcrypt.checkpw=bcrypt.checkpw
        argon2._password_hasher.PasswordHasher.hash=argon2.PasswordHasher.hash
        argon2._password_hasher.PasswordHasher.verify=argon2.PasswordHasher.verify
        passlib.context.CryptContext.hash passlib.context.CryptContext.verify passlib.context.CryptContext.verify_and_update
        pwdlib._hash.PasswordHash.hash=pwdlib.PasswordHash.hash pwdlib._hash.PasswordHash.verify=pwdlib.PasswordHash.verify
        pwdlib._hash.PasswordHash.verify_and_update=pwdlib.PasswordHash.verify_and_update
        werkzeug.security.generate_password_hash werkzeug.security.check_password_hash
        """,
    ),
    Group(
        "file",
        """
        builtins.open=open _io.open=open _io.open_code=open pathlib.Path.open pathlib.Path.read_text pathlib.Path.read_bytes pathlib.Path.write_text
        pathlib.Path.write_bytes pathlib.Path.rglob os.walk tempfile.NamedTemporaryFile
        tempfile.TemporaryDirectory os.listdir
        """,
        level=Level.advice,
        instead="anyio.Path and anyio.open_file",
        own_only=True,
    ),
    Group(
        "file",
        """
        os.fsync posix.fsync=os.fsync os.sync shutil.copy shutil.copy2 shutil.copyfile shutil.copyfileobj shutil.copytree
        shutil.move shutil.rmtree fcntl.flock fcntl.lockf
        """,
    ),
    Group(
        "archive",
        """
        shutil.make_archive shutil.unpack_archive zipfile.ZipFile.write zipfile.ZipFile.writestr zipfile.ZipFile.read
        zipfile.ZipFile.extract zipfile.ZipFile.extractall zipfile.ZipFile.testzip tarfile.TarFile.add
        tarfile.TarFile.extract tarfile.TarFile.extractall
        """,
    ),
    Group(
        "compression",
        """
        gzip.compress gzip.decompress zlib.compress zlib.decompress bz2.compress bz2.decompress lzma.compress
        lzma.decompress
        """,
        level=Level.advice,
        own_only=True,
    ),
    Group(
        "image",
        """
        PIL.Image.open PIL.Image.Image.load PIL.Image.Image.save PIL.Image.Image.resize PIL.Image.Image.thumbnail
        PIL.Image.Image.convert PIL.Image.Image.filter PIL.Image.Image.rotate cv2.imread cv2.imwrite cv2.resize
        cv2.imdecode cv2.imencode
        """,
        level=Level.advice,
        lane="process",
        own_only=True,
    ),
    Group(
        "numbers",
        """
        numpy.linalg.inv numpy.linalg.svd numpy.linalg.eig numpy.linalg.eigh numpy.linalg.solve numpy.linalg.lstsq
        numpy.linalg.qr numpy.fft.fft numpy.fft.fft2 numpy.loadtxt numpy.genfromtxt numpy.load numpy.save
        pandas.DataFrame.merge pandas.DataFrame.groupby pandas.DataFrame.apply pandas.DataFrame.pivot_table
        """,
        level=Level.advice,
        lane="process",
        own_only=True,
    ),
    Group(
        "data file",
        """
        pandas.read_csv pandas.io.parsers.readers.read_csv=pandas.read_csv pandas.read_excel pandas.read_parquet
        pandas.read_json pandas.read_sql pandas.DataFrame.to_csv pandas.DataFrame.to_excel pandas.DataFrame.to_parquet
        pandas.DataFrame.to_sql polars.read_csv polars.read_parquet
        """,
    ),
    Group(
        "loop",
        "asyncio.runners.run=asyncio.run asyncio.base_events.BaseEventLoop.run_until_complete anyio._core._eventloop.run=anyio.run",
        instead="await instead: a loop is running already",
        own_only=True,
    ),
)
