exports.handler = async () => ({ from: "src" });
