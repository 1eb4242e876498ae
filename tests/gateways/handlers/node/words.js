module.exports = { word: "beside" };
