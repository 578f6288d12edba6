from laneway import HTTPException, Laneway, Problem

app = Laneway(title="Shop", error_format="problem")
stock = {"pen": 3}


class OutOfStock(Problem):
    """There are not as many left."""

    status_code = 409
    type = "https://shop.example/problems/out-of-stock"
    title = "Out of stock"
    left: int


@app.post("/orders/{item}", raises=[HTTPException(404, "No such item"), OutOfStock])
async def order(item: str, amount: int = 1) -> dict[str, int]:
    if item not in stock:
        raise HTTPException(404, "No such item")
    if amount > stock[item]:
        raise OutOfStock(detail=f"You asked for {amount}", left=stock[item])
    return {item: amount}


@app.get("/broken")
async def broken() -> None:
    raise RuntimeError("the password is swordfish")
