"""What this room makes files of in the background; read by `service/operation/made_files.py`."""

from ecredit.service.operation.made_files import offer
from ecredit.surface.desk.table_again import MAKER

offer(MAKER)
