def tell(*_): 
    return []
